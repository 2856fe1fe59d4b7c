//! What letters say until the merchant says something else.

use super::{MessageKind, TemplateInput};

impl MessageKind {
    /// What it is about.
    #[must_use]
    pub const fn default_subject(self) -> &'static str {
        match self {
            Self::SignInCode => "{code} is your code for {shop}",
            Self::Welcome => "Welcome to {shop}",
            Self::TierUp => "You have reached {tier} at {shop}",
            Self::TierDown => "Your tier at {shop} is now {tier}",
            Self::TierLost => "You are no longer on {old_tier} at {shop}",
            Self::PointsExpiring => "{points} {points_name} at {shop} expire on {expires_on}",
            Self::VoucherGiven => "A present from {shop}: {reward}",
            Self::PolicyLetter => "{subject}",
        }
    }

    /// What it says.
    #[must_use]
    pub const fn default_text(self) -> &'static str {
        match self {
            Self::SignInCode => {
                "Hello,

Your code to sign in to {shop} is

{code}

It works for {minutes} minutes, once, and only where you asked for it.

If you did not ask for it, you need not do anything: nobody can sign in without this code.

{shop}"
            }
            Self::Welcome => {
                "Hello {name},

You are in the program of {shop} now. What you buy there earns you {points_name}.

What you have and what you can get for it is on your page:

{page}

You sign in with this e-mail address; there is no password.

{shop}"
            }
            Self::TierUp => {
                "Hello {name},

You have reached {tier} at {shop}.

This is what it brings:
{benefits}

It is yours until {kept_until} at least.

How far it is to the next tier is on your page:

{page}

{shop}"
            }
            Self::TierDown => {
                "Hello {name},

You are no longer on {old_tier} at {shop}. Your tier is {tier} now.

This is what it brings:
{benefits}

It is yours until {kept_until} at least.

How far it is to the next tier is on your page:

{page}

{shop}"
            }
            Self::TierLost => {
                "Hello {name},

You are no longer on {old_tier} at {shop}, and have no tier for now.

How far it is to the next tier is on your page:

{page}

{shop}"
            }
            Self::PointsExpiring => {
                "Hello {name},

You have {points} {points_name} at {shop} that can be spent until the end of {expires_on}. After that they are gone.

What you have and what you can get for it is on your page:

{page}

{shop}"
            }
            Self::VoucherGiven => {
                "Hello {name},

{shop} has a present for you: {reward}. Show this code at the till:

{voucher}

It can be used until the end of {valid_until}.

It is also on your page:

{page}

{shop}"
            }
            Self::PolicyLetter => {
                "{text}

{shop}"
            }
        }
    }

    /// Both, as a merchant would have written them.
    #[must_use]
    pub fn default_input(self) -> TemplateInput {
        TemplateInput { subject: self.default_subject().to_owned(), text: self.default_text().to_owned() }
    }
}
