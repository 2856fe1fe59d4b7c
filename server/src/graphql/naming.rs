//! Names of fields as GraphQL writes them.

/// A JSON pointer of the REST API, which writes `snake_case`, as one into the input of a mutation.
pub fn pointer_in_camel_case(pointer: &str) -> String {
    let mut camel = String::with_capacity(pointer.len());
    let mut raise = false;
    for letter in pointer.chars() {
        match letter {
            '_' => raise = true,
            letter if raise => {
                camel.extend(letter.to_uppercase());
                raise = false;
            }
            letter => camel.push(letter),
        }
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::pointer_in_camel_case as camel;

    #[test]
    fn pointers_lead_to_the_fields_of_the_input() {
        assert_eq!(camel("/transaction_id"), "/transactionId");
        assert_eq!(camel("/lines/0/unit_price"), "/lines/0/unitPrice");
        assert_eq!(camel("/customer/external_id"), "/customer/externalId");
        assert_eq!(camel(""), "");
    }
}
