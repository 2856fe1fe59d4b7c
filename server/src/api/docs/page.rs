//! The reference page: the API description as plain HTML, without a script.

use std::fmt::Write as _;

use serde_json::Value;

use crate::api::problem::Code;

/// The reference of a whole API description.
pub fn reference(document: &Value) -> String {
    let (mut header, mut nav, mut main) = (String::new(), String::new(), String::new());
    let info = &document["info"];
    section(&mut header, "h1", "top", text(&info["title"]));
    prose(&mut header, text(&info["description"]));
    header.push_str(
        "<p>The same for programs: <a href=\"/api/openapi.json\">/api/openapi.json</a> (OpenAPI 3.1) and \
         <a href=\"/api/postman.json\" download>/api/postman.json</a> (a Postman collection). Tills and apps may also use \
         GraphQL, at <code>/graphql</code> with the same keys.</p>",
    );
    for tag in items(&document["tags"]) {
        let name = text(&tag["name"]);
        let anchor = anchor(name);
        let _ = write!(nav, "<strong><a href=\"#{anchor}\">{}</a></strong><ul>", Escaped(name));
        section(&mut main, "h2", &anchor, name);
        prose(&mut main, text(&tag["description"]));
        for (path, method, operation) in operations(document) {
            if items(&operation["tags"]).any(|tag| tag == name) {
                let id = text(&operation["operationId"]);
                let summary = text(&operation["summary"]);
                let _ = write!(nav, "<li><a href=\"#{}\">{}</a></li>", Escaped(id), Escaped(summary));
                article(&mut main, document, path, method, operation);
            }
        }
        nav.push_str("</ul>");
    }
    nav.push_str("<strong><a href=\"#problems\">Problems</a></strong>");
    section(&mut main, "h2", "problems", "Problems");
    prose(
        &mut main,
        "Every refusal is application/problem+json with one of these codes, or a narrower one for a conflict.",
    );
    main.push_str(&table(
        &["code", "status", "what it says"],
        Code::ALL.iter().map(|code| {
            vec![
                format!("<a href=\"/api/problems/{0}\"><code>{0}</code></a>", code.code()),
                code.status().to_string(),
                Escaped(code.title()).to_string(),
            ]
        }),
    ));
    page(
        "API reference",
        &format!(
            "<div class=\"layout\"><header>{header}</header><nav aria-label=\"Calls\">{nav}</nav><main>{main}</main></div>"
        ),
    )
}

/// The page about one kind of problem.
pub fn problem(code: Code) -> String {
    let advice = match code.status() {
        400 | 413 | 415 => "Repair the request; sending the same again gives the same answer.",
        401 => {
            "Send a valid key as Authorization: Bearer prn_…, or, below /me, a token of a customer: prc_…. What was revoked or \
             is over does not come back."
        }
        403 => {
            "Use a key with the scope that the detail names, or one that is not bound to another retailer. A token of a customer \
             opens what is below /me and nothing else; a key does not open that."
        }
        404 | 405 => "Check the address and the id; what belongs to another merchant is not there either.",
        408 => "Send the request again, over a faster connection or in smaller parts.",
        409 => "Read what is stored before you decide; nothing was changed.",
        422 => "The list of errors names every wrong field with a JSON pointer. Nothing was changed.",
        429 | 503 => "Wait as long as the header Retry-After says, then send exactly the same again.",
        _ => "Send the same again later. If it stays, tell us the request id.",
    };
    page(
        code.code(),
        &format!(
            "<main><h1><code>{}</code></h1><p>{} It is answered with status {}.</p><p>{}</p><p><a href=\"/api/docs#problems\">All problems</a></p></main>",
            code.code(),
            Escaped(code.title()),
            code.status(),
            Escaped(advice),
        ),
    )
}

fn article(main: &mut String, document: &Value, path: &str, method: &str, operation: &Value) {
    let _ = write!(
        main,
        "<article id=\"{}\"><h3>{}</h3><p class=\"call\"><span class=\"method {method}\">{}</span><code>{}</code></p>",
        Escaped(text(&operation["operationId"])),
        Escaped(text(&operation["summary"])),
        method.to_uppercase(),
        Escaped(path),
    );
    prose(main, text(&operation["description"]));
    let parameters: Vec<_> = items(&operation["parameters"])
        .map(|parameter| resolve(document, parameter))
        .map(|parameter| {
            vec![
                format!("<code>{}</code>", Escaped(text(&parameter["name"]))),
                Escaped(text(&parameter["in"])).to_string(),
                Prose(text(&parameter["description"])).to_string(),
            ]
        })
        .collect();
    if !parameters.is_empty() {
        main.push_str("<h4>Parameters</h4>");
        main.push_str(&table(&["name", "in", "what it does"], parameters));
    }
    body(main, document, "Request", &operation["requestBody"]);
    for (status, response) in members(&operation["responses"]) {
        if status.starts_with('2') {
            body(main, document, &format!("Answer {status}"), response);
        }
    }
    let refusals: Vec<_> = members(&operation["responses"])
        .filter(|(status, _)| !status.starts_with('2'))
        .map(|(status, response)| {
            vec![status.to_owned(), Prose(text(&resolve(document, response)["description"])).to_string()]
        })
        .collect();
    main.push_str("<h4>Refusals</h4>");
    main.push_str(&table(&["status", "when"], refusals));
    main.push_str("</article>");
}

/// The fields and the example of a request or an answer.
fn body(main: &mut String, document: &Value, title: &str, body: &Value) {
    let Some(content) = body.pointer("/content/application~1json") else { return };
    let _ = write!(main, "<h4>{}</h4>", Escaped(title));
    prose(main, text(&body["description"]));
    let mut rows = Vec::new();
    match contained(document, &content["schema"]) {
        Some((inner, true)) => fields(document, inner, "[].", &mut rows),
        Some((inner, false)) => fields(document, inner, "", &mut rows),
        None => {}
    }
    if !rows.is_empty() {
        main.push_str(&table(&["field", "type", "what it is"], rows));
    }
    if let Some(example) = content.get("example") {
        let example = serde_json::to_string_pretty(example).unwrap_or_default();
        let _ = write!(main, "<pre tabindex=\"0\"><code>{}</code></pre>", Escaped(&example));
    }
}

/// How deep the fields of fields are shown.
const DEPTH: usize = 3;

/// The fields of a schema, those of its parts and of what it contains included, as `lines[].amount`.
fn fields(document: &Value, schema: &Value, place: &str, rows: &mut Vec<Vec<String>>) {
    let schema = resolve(document, schema);
    for part in items(&schema["allOf"]) {
        fields(document, part, place, rows);
    }
    for (name, property) in members(&schema["properties"]) {
        let name = format!("{place}{name}");
        rows.push(vec![
            format!("<code>{}</code>", Escaped(&name)),
            Escaped(&kind(document, property)).to_string(),
            Prose(description(document, property)).to_string(),
        ]);
        if name.matches('.').count() < DEPTH
            && let Some((inner, is_list)) = contained(document, property)
        {
            let list = if is_list { "[]" } else { "" };
            fields(document, inner, &format!("{name}{list}."), rows);
        }
    }
}

/// What is said about a property, at its place or at its type.
fn description<'d>(document: &'d Value, property: &'d Value) -> &'d str {
    let parts = items(&property["oneOf"]).chain(items(&property["allOf"]));
    [property]
        .into_iter()
        .chain(parts)
        .map(|part| text(&part["description"]))
        .find(|own| !own.is_empty())
        .unwrap_or_else(|| text(&resolve(document, property)["description"]))
}

/// The object inside a property, and whether there may be several.
fn contained<'d>(document: &'d Value, property: &'d Value) -> Option<(&'d Value, bool)> {
    let schema = resolve(document, property);
    if schema.get("properties").is_some() || schema.get("allOf").is_some() {
        return Some((schema, false));
    }
    if schema.get("items").is_some() {
        return contained(document, &schema["items"]).map(|(inner, _)| (inner, true));
    }
    // An object that may be null; of several kinds of objects none is typical.
    let mut parts = items(&schema["oneOf"]).filter(|part| part["type"] != "null");
    match (parts.next(), parts.next()) {
        (Some(only), None) => contained(document, only),
        _ => None,
    }
}

/// The type of a property in a word or two.
fn kind(document: &Value, schema: &Value) -> String {
    let resolved = resolve(document, schema);
    if let Some(choices) = resolved["enum"].as_array() {
        return choices.iter().map(text).collect::<Vec<_>>().join(" | ");
    }
    let parts: Vec<_> = items(&resolved["oneOf"])
        .chain(items(&resolved["anyOf"]))
        .filter(|part| part["type"] != "null")
        .map(|part| kind(document, part))
        .collect();
    if !parts.is_empty() {
        let several: std::collections::BTreeSet<_> = parts.iter().map(String::as_str).collect();
        return several.into_iter().collect::<Vec<_>>().join(" | ");
    }
    match &resolved["type"] {
        Value::String(word) if word == "array" => format!("list of {}", kind(document, &resolved["items"])),
        Value::String(word) => word.clone(),
        Value::Array(words) => {
            let words: Vec<_> = words.iter().map(text).filter(|word| *word != "null").collect();
            if words == ["array"] {
                format!("list of {}", kind(document, &resolved["items"]))
            } else {
                words.join(" | ")
            }
        }
        _ => "object".to_owned(),
    }
}

fn resolve<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => document.pointer(pointer).unwrap_or(schema),
        None => schema,
    }
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    members(&document["paths"])
        .flat_map(|(path, item)| members(item).map(move |(method, operation)| (path, method, operation)))
}

fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut html = String::from("<div class=\"table\" tabindex=\"0\"><table><thead><tr>");
    for name in head {
        let _ = write!(html, "<th scope=\"col\">{name}</th>");
    }
    html.push_str("</tr></thead><tbody>");
    for row in rows {
        html.push_str("<tr>");
        for cell in row {
            let _ = write!(html, "<td>{cell}</td>");
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table></div>");
    html
}

fn section(html: &mut String, tag: &str, anchor: &str, title: &str) {
    let _ = write!(html, "<{tag} id=\"{anchor}\">{}</{tag}>", Escaped(title));
}

fn prose(html: &mut String, description: &str) {
    for paragraph in description.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        let _ = write!(html, "<p>{}</p>", Prose(paragraph));
    }
}

/// A text with code marked as in Markdown: every second piece between backticks.
struct Prose<'t>(&'t str);

impl std::fmt::Display for Prose<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, piece) in self.0.split('`').enumerate() {
            if index % 2 == 1 {
                write!(formatter, "<code>{}</code>", Escaped(piece))?;
            } else {
                write!(formatter, "{}", Escaped(piece))?;
            }
        }
        Ok(())
    }
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{} · Perennial</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"icon\" href=\"/favicon.svg\"><link rel=\"stylesheet\" href=\"/api/docs.css\"></head><body>{body}</body></html>",
        Escaped(title)
    )
}

fn anchor(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

/// Text inside HTML.
struct Escaped<'t>(&'t str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '<' => formatter.write_str("&lt;")?,
                '>' => formatter.write_str("&gt;")?,
                '&' => formatter.write_str("&amp;")?,
                '"' => formatter.write_str("&quot;")?,
                other => formatter.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_shows_every_operation_and_escapes() {
        let document = crate::api::openapi::document();
        let html = reference(&document);
        for (_, _, operation) in operations(&document) {
            let id = text(&operation["operationId"]);
            assert!(html.contains(&format!("<article id=\"{id}\">")), "{id} is missing");
        }
        assert_eq!(Escaped("<b> & \"x\"").to_string(), "&lt;b&gt; &amp; &quot;x&quot;");
    }
}
