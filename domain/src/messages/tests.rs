//! What templates may be, and what becomes of them.

use proptest::prelude::*;

use super::*;
use crate::error::FieldError;

fn input(subject: &str, text: &str) -> TemplateInput {
    TemplateInput { subject: subject.to_owned(), text: text.to_owned() }
}

fn look() -> Look {
    Look { shop: "Hearth & Hops".to_owned(), brand: Some("#b5482a".parse().unwrap()) }
}

fn filled(kind: MessageKind, subject: &str, text: &str, values: &Values) -> Letter {
    Template::parse(kind, &input(subject, text)).unwrap().letter(values, &look(), None)
}

fn refused(kind: MessageKind, subject: &str, text: &str) -> Vec<String> {
    let errors = Template::parse(kind, &input(subject, text)).unwrap_err();
    errors.iter().map(|FieldError { pointer, code, .. }| format!("{pointer} {code}")).collect()
}

#[test]
fn words_and_numbers_of_kinds_and_placeholders_are_their_own() {
    for kind in MessageKind::ALL {
        assert_eq!(kind.as_str().parse(), Ok(kind));
        assert_eq!(MessageKind::numbered(kind.number()), Some(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        let numbered = MessageKind::ALL.iter().filter(|other| other.number() == kind.number());
        assert_eq!(numbered.count(), 1);
        assert!(kind.required().iter().all(|required| kind.placeholders().contains(required)));
    }
    assert_eq!(MessageKind::numbered(0), None);
    assert_eq!("sms".parse::<MessageKind>(), Err(UnknownMessageKind));
    for placeholder in Placeholder::ALL {
        assert_eq!(Placeholder::named(placeholder.word()), Some(placeholder));
        let of_some_kind = MessageKind::ALL.iter().any(|kind| kind.placeholders().contains(&placeholder));
        assert!(of_some_kind, "{placeholder:?} belongs to no letter");
    }
}

#[test]
fn a_code_is_always_sent_and_a_welcome_ends_everything() {
    assert!(!MessageKind::SignInCode.is_optional());
    assert!(MessageKind::SignInCode.unsubscribes().is_empty());
    assert_eq!(MessageKind::TierUp.unsubscribes(), [MessageKind::TierUp]);
    assert_eq!(MessageKind::Welcome.unsubscribes(), MessageKind::optional().collect::<Vec<_>>());
    assert!(
        !MessageKind::optional().any(|kind| matches!(kind, MessageKind::SignInCode | MessageKind::Welcome))
    );
}

#[test]
fn every_default_is_a_template_and_its_examples_fill_it() {
    for kind in MessageKind::ALL {
        let template = Template::parse(kind, &kind.default_input()).unwrap();
        assert_eq!(template, Template::of_default(kind));
        assert_eq!(template.input(), &kind.default_input(), "a default is written as it is stored");
        let letter = template.letter(&Values::examples(kind), &look(), None);
        for text in [&letter.subject, &letter.text, &letter.html] {
            assert!(!text.contains(['{', '}']), "{kind}: {text}");
        }
        for placeholder in template.used() {
            let example = placeholder.example();
            let first = example.lines().next().unwrap();
            let shown = letter.text.contains(first) || letter.subject.contains(first);
            assert!(shown, "{kind}: {example} is not in {}", letter.text);
        }
    }
}

#[test]
fn what_is_wrong_is_named_at_its_field() {
    let kind = MessageKind::Welcome;
    for (subject, text, expected) in [
        ("", "Hello", &["/subject required"][..]),
        ("Hello", " \r\n \n", &["/text required"]),
        ("Hello\nBcc: all@example.com", "x", &["/subject control_character"]),
        ("Hello", "a\u{7}b", &["/text control_character"]),
        ("{nmae}", "{points}", &["/subject unknown_placeholder", "/text unknown_placeholder"]),
        ("{name", "x", &["/subject unbalanced_braces"]),
        ("x", "a } b", &["/text unbalanced_braces"]),
        ("x", "{}", &["/text unbalanced_braces"]),
        ("x", "{na\nme}", &["/text unbalanced_braces"]),
        ("x", "{a{name}}", &["/text unbalanced_braces"]),
        ("x", "{Name}", &["/text unknown_placeholder"]),
    ] {
        assert_eq!(refused(kind, subject, text), expected, "{subject:?} {text:?}");
    }
    assert_eq!(refused(kind, &"x".repeat(201), &"x".repeat(5_001)), ["/subject too_long", "/text too_long"]);
    let long = Template::parse(kind, &input(&"ä".repeat(200), &"ä".repeat(5_000)));
    assert!(long.is_ok(), "characters count, not bytes");
    assert_eq!(
        refused(MessageKind::SignInCode, "{code}", "Look at the subject"),
        ["/text placeholder_required"],
        "a code that cannot be read is of no use"
    );
}

#[test]
fn an_unknown_placeholder_is_named_with_those_that_there_are() {
    let errors = Template::parse(MessageKind::TierLost, &input("x", "{nmae}")).unwrap_err();
    assert_eq!(
        errors[0].detail,
        "There is no {nmae} in this message. There is {name}, {shop}, {old_tier} and {page}"
    );
}

#[test]
fn braces_of_their_own_are_written_twice_and_values_are_not_read_again() {
    let values = Values::default().with(Placeholder::Name, "{shop}").with(Placeholder::Shop, "Corner");
    let letter = filled(MessageKind::Welcome, "{{{ name }}}", "{name}{shop}{{x}}", &values);
    assert_eq!((letter.subject.as_str(), letter.text.as_str()), ("{{shop}}", "{shop}Corner{x}\n"));
}

#[test]
fn what_has_nothing_to_say_closes_up_or_takes_its_paragraph() {
    let template = Template::of_default(MessageKind::TierUp);
    let values = Values::default()
        .with(Placeholder::Name, "  ")
        .with(Placeholder::Shop, "Corner")
        .with(Placeholder::Tier, "Gold")
        .with(Placeholder::Page, "https://x.example/p/corner");
    let letter = template.letter(&values, &look(), None);
    assert_eq!(
        letter.text,
        "Hello,\n\nYou have reached Gold at Corner.\n\nHow far it is to the next tier is on your page:\n\n\
         https://x.example/p/corner\n\nCorner\n"
    );
    let whole = template.letter(&values.with(Placeholder::Benefits, "- A\n- B"), &look(), None);
    assert!(whole.text.contains("This is what it brings:\n- A\n- B\n\n"), "{}", whole.text);
    assert!(whole.html.contains("This is what it brings:<br>\n- A<br>\n- B</p>"), "{}", whole.html);
}

#[test]
fn a_name_cannot_become_markup_or_a_header() {
    let values = Values::default()
        .with(Placeholder::Name, "<script>alert('\"&')</script>\r\nBcc: all@example.com")
        .with(Placeholder::Shop, "Corner")
        .with(Placeholder::Page, "https://x.example/?a=\"><b>&c");
    let letter = filled(MessageKind::Welcome, "{name}", "{name}\n\n{page}\n\nSee {page}", &values);
    assert!(!letter.subject.contains(['\r', '\n']), "{}", letter.subject);
    assert!(!letter.html.contains("<script") && !letter.html.contains("<b>"), "{}", letter.html);
    assert!(
        letter.html.contains("&lt;script&gt;alert(&#39;&quot;&amp;&#39;)&lt;/script&gt;"),
        "{}",
        letter.html
    );
    assert!(
        letter.html.contains("href=\"https://x.example/?a=&quot;&gt;&lt;b&gt;&amp;c\""),
        "{}",
        letter.html
    );
    assert!(letter.text.contains("<script>"), "plain text stays as it is");
}

#[test]
fn both_forms_carry_the_merchant_and_the_way_out_and_fetch_nothing() {
    let footer = Footer {
        unsubscribe: "https://x.example/u/abc".to_owned(),
        preferences: "https://x.example/p/corner/messages".to_owned(),
    };
    for kind in MessageKind::ALL {
        let letter = Template::of_default(kind).letter(&Values::examples(kind), &look(), Some(&footer));
        for form in [&letter.text, &letter.html] {
            assert!(form.contains(&footer.unsubscribe) && form.contains(&footer.preferences), "{form}");
        }
        assert!(letter.html.contains("border-top:6px solid #b5482a"), "{}", letter.html);
        assert!(letter.html.contains("Hearth &amp; Hops"), "{}", letter.html);
        for fetched in ["<img", "<link", "<script", "<style", "url(", "src="] {
            assert!(!letter.html.contains(fetched), "{kind} has {fetched}");
        }
    }
}

proptest! {
    /// Whatever is written is either refused or can be filled, and comes back as it was stored.
    #[test]
    fn parsing_is_total_and_what_is_stored_parses_to_the_same(
        kind in proptest::sample::select(&MessageKind::ALL[..]),
        subject in "(\\{(name|shop|code|x)\\}|\\{\\{|\\}\\}|[{}]|[ a-z<&\"]){0,12}",
        text in "(\\{(name|shop|code|voucher|text|benefits|x)\\}|\\{\\{|\\}\\}|[{}]|[ a-z<&\"\r\n\t]|ü){0,40}",
    ) {
        if let Ok(template) = Template::parse(kind, &input(&subject, &text)) {
            prop_assert_eq!(&Template::parse(kind, template.input()).unwrap(), &template);
            let letter = template.letter(&Values::default(), &look(), None);
            prop_assert!(letter.html.contains("</html>"));
        }
    }

    /// No value, whatever it is, can open or close an element or an attribute.
    #[test]
    fn values_stay_text(value in "\\PC{0,40}|[<>\"'&{}/ a-z=\n]{0,40}") {
        for kind in MessageKind::ALL {
            let values = kind
                .placeholders()
                .iter()
                .fold(Values::default(), |values, placeholder| values.with(*placeholder, value.clone()));
            let template = Template::of_default(kind);
            let letter = template.letter(&values, &look(), None);
            let plain = template.letter(&Values::examples(kind), &look(), None);
            if !value.trim().is_empty() {
                let marks = |text: &str, mark: char| text.matches(mark).count();
                // Line breaks of a value are the only elements that it brings.
                let breaks = |text: &str| text.matches("<br>").count();
                prop_assert_eq!(
                    marks(&letter.html, '<') - breaks(&letter.html),
                    marks(&plain.html, '<') - breaks(&plain.html)
                );
                prop_assert_eq!(marks(&letter.html, '"'), marks(&plain.html, '"'));
            }
            prop_assert!(!letter.subject.chars().any(char::is_control));
        }
    }

    /// Text without braces says what it says.
    #[test]
    fn literals_are_kept(text in "[a-z<>&\"' ]{1,30}[a-z]") {
        let kind = MessageKind::Welcome;
        let letter = filled(kind, &text, &text, &Values::default());
        prop_assert_eq!(letter.subject, text.trim());
        prop_assert_eq!(letter.text.trim(), text.trim());
        prop_assert!(letter.html.contains(&escape(text.trim())));
    }
}
