//! What a document may ask for, counted before anything of it is resolved.
//!
//! Fragments are what makes small documents dangerous: each may spread others twice, so that thirty lines stand for a
//! thousand million fields. So every fragment is measured once, whatever spreads it, and all sums saturate. The time that
//! measuring takes grows with the length of the document and with nothing else; only what passes is validated.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned,
    parser::types::{
        DocumentOperations, ExecutableDocument, FragmentDefinition, OperationType, Selection, SelectionSet,
    },
};

use crate::api::problem::{Code, Problem};

/// Bytes of the document; what is long belongs into the variables.
pub const DOCUMENT_MAX: usize = 32 * 1024;
/// Brackets within brackets in the text of the document: more than any parser should have to follow.
const BRACKETS_MAX: usize = 64;
/// Operations in one document.
const OPERATIONS_MAX: usize = 20;
/// Fields of the root, of one operation: as many mutations in one request.
const ROOTS_MAX: usize = 20;
/// Fields within fields.
const DEPTH_MAX: usize = 12;
/// Aliases of one operation, fragments counted as often as they are spread.
const ALIASES_MAX: usize = 50;
/// Fields of one operation, fragments counted as often as they are spread.
const FIELDS_MAX: usize = 1_000;
/// Lists of the schema within lists of the schema; what tools ask for has one.
const SCHEMA_LISTS_MAX: usize = 2;
/// What an operation may cost: a field costs one, a list the cost of a row times its length.
pub const COMPLEXITY_MAX: usize = 10_000;

/// What a selection comes to.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    fields: usize,
    aliases: usize,
    depth: usize,
    schema_lists: usize,
}

impl Size {
    /// Both, side by side.
    fn and(self, other: Self) -> Self {
        Self {
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            depth: self.depth.max(other.depth),
            schema_lists: self.schema_lists.max(other.schema_lists),
        }
    }
}

/// Checks the text of a document, before it is parsed.
///
/// # Errors
/// 422 `query_too_long` or `query_too_deep`.
pub fn check_text(document: &str) -> Result<(), Problem> {
    if document.len() > DOCUMENT_MAX {
        return Err(refused(
            "query_too_long",
            format!("A document has up to {DOCUMENT_MAX} bytes; put what is long into the variables."),
        ));
    }
    let mut open: usize = 0;
    for byte in document.bytes() {
        match byte {
            // Brackets within texts count, too: it is a limit, not a parser.
            b'{' | b'[' | b'(' => open += 1,
            b'}' | b']' | b')' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > BRACKETS_MAX {
            return Err(refused("query_too_deep", format!("Brackets nest up to {BRACKETS_MAX} deep.")));
        }
    }
    Ok(())
}

/// Checks what a document asks for, before it is validated.
///
/// # Errors
/// 422 with a code that begins with `query_` or `too_many_`.
pub fn check(document: &ExecutableDocument) -> Result<(), Problem> {
    let operations: Vec<_> = document.operations.iter().map(|(_, operation)| operation).collect();
    if operations.len() > OPERATIONS_MAX {
        return Err(refused(
            "too_many_operations",
            format!("A document has up to {OPERATIONS_MAX} operations."),
        ));
    }
    let mut measure = Measure { fragments: &document.fragments, known: HashMap::new() };
    for operation in operations {
        let set = &operation.node.selection_set.node;
        let size = measure.set(set)?;
        let roots = measure.roots(set)?;
        for (count, most, code, what) in [
            (roots, ROOTS_MAX, "too_many_root_fields", "fields at its root"),
            (size.depth, DEPTH_MAX, "query_too_deep", "fields within fields"),
            (size.aliases, ALIASES_MAX, "too_many_aliases", "aliases"),
            (
                size.fields,
                FIELDS_MAX,
                "query_too_large",
                "fields, fragments counted as often as they are spread",
            ),
            (size.schema_lists, SCHEMA_LISTS_MAX, "query_too_deep", "lists of the schema within lists"),
        ] {
            if count > most {
                return Err(refused(code, format!("An operation has up to {most} {what}.")));
            }
        }
    }
    Ok(())
}

/// Whether the operation that would run only reads; only such a one may be ended half-way.
pub fn only_reads(document: &ExecutableDocument, name: Option<&str>) -> bool {
    let operation = match (&document.operations, name) {
        (DocumentOperations::Single(only), _) => Some(only),
        (DocumentOperations::Multiple(named), Some(name)) => named.get(name),
        (DocumentOperations::Multiple(_), None) => None,
    };
    operation.is_none_or(|operation| operation.node.ty == OperationType::Query)
}

fn refused(code: &'static str, detail: String) -> Problem {
    Problem::new(Code::Invalid).code(code).detail(detail)
}

struct Measure<'d> {
    fragments: &'d HashMap<Name, Positioned<FragmentDefinition>>,
    /// `None` while a fragment is being measured: whoever meets it then goes in a circle.
    known: HashMap<&'d Name, Option<Size>>,
}

impl<'d> Measure<'d> {
    fn set(&mut self, set: &'d SelectionSet) -> Result<Size, Problem> {
        let mut total = Size::default();
        for selection in &set.items {
            total = total.and(match &selection.node {
                Selection::Field(field) => self.field(&field.node)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?,
                Selection::InlineFragment(inline) => self.set(&inline.node.selection_set.node)?,
            });
        }
        Ok(total)
    }

    fn field(&mut self, field: &'d async_graphql::parser::types::Field) -> Result<Size, Problem> {
        let below = self.set(&field.selection_set.node)?;
        let name = field.name.node.as_str();
        let is_schema = matches!(name, "__schema" | "__type");
        // What describes the schema is deep by nature, and bounded by its lists instead.
        let is_schema_list = matches!(name, "fields" | "inputFields" | "interfaces" | "possibleTypes");
        Ok(Size {
            fields: below.fields.saturating_add(1),
            aliases: below.aliases.saturating_add(usize::from(field.alias.is_some())),
            depth: if is_schema { 1 } else { below.depth.saturating_add(1) },
            schema_lists: below.schema_lists + usize::from(is_schema_list),
        })
    }

    fn fragment(&mut self, name: &'d Name) -> Result<Size, Problem> {
        match self.known.get(name) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => {
                return Err(refused("query_in_circles", format!("The fragment {name} spreads itself.")));
            }
            None => {}
        }
        // Validation says of a fragment that there is not that there is not.
        let Some(fragment) = self.fragments.get(name) else { return Ok(Size::default()) };
        self.known.insert(name, None);
        // Every level is an entry of `known`: a chain is as long as the document has fragments, which its length bounds.
        let size = self.set(&fragment.node.selection_set.node)?;
        self.known.insert(name, Some(size));
        Ok(size)
    }

    /// The fields of a root. All fragments below it have been measured, so that none goes in a circle.
    fn roots(&mut self, set: &'d SelectionSet) -> Result<usize, Problem> {
        let mut roots: usize = 0;
        let mut left: Vec<(&SelectionSet, usize)> = vec![(set, 0)];
        while let Some((set, level)) = left.pop() {
            for selection in &set.items {
                let next = match &selection.node {
                    Selection::Field(_) => {
                        roots += 1;
                        None
                    }
                    Selection::InlineFragment(inline) => Some(&inline.node.selection_set.node),
                    Selection::FragmentSpread(spread) => self
                        .fragments
                        .get(&spread.node.fragment_name.node)
                        .map(|fragment| &fragment.node.selection_set.node),
                };
                left.extend(next.map(|next| (next, level + 1)));
            }
            // Spreading doubles, too: as soon as it is too much, it is known to be.
            if roots > ROOTS_MAX || left.len() > ROOTS_MAX || level > ROOTS_MAX {
                return Ok(ROOTS_MAX + 1);
            }
        }
        Ok(roots)
    }
}

/// What a list of so many rows costs, each of them `row`.
pub fn list_cost(length: Option<i32>, row: usize) -> usize {
    let length = length.map_or(usize::from(perennial_engine::LIMIT_DEFAULT), |length| {
        usize::try_from(length).unwrap_or(0).min(usize::from(perennial_engine::LIMIT_MAX))
    });
    length.saturating_mul(row.saturating_add(1)).saturating_add(1)
}

/// What a short list costs that comes whole (the lines of a purchase), each of its rows `row`.
pub fn few(row: usize) -> usize {
    const FEW: usize = 5;
    FEW.saturating_mul(row.saturating_add(1)).saturating_add(1)
}

/// What is read by itself and takes some reckoning.
pub fn dear(below: usize) -> usize {
    const DEAR: usize = 20;
    below.saturating_add(DEAR)
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn verdict(document: &str) -> String {
        let checked = check_text(document).and_then(|()| check(&parse_query(document).unwrap()));
        match checked {
            Ok(()) => "fine".to_owned(),
            Err(problem) => problem.name().to_owned(),
        }
    }

    #[test]
    fn what_people_and_tools_ask_is_fine() {
        assert_eq!(
            verdict("{ customer(id: \"1\") { points entries(first: 10) { nodes { amount } } } }"),
            "fine"
        );
        let tool = "{ __schema { types { name fields { name args { type { ofType { ofType { ofType { ofType { ofType \
            { ofType { ofType { name } } } } } } } } } } } } }";
        assert_eq!(verdict(tool), "fine");
    }

    #[test]
    fn fragments_that_double_are_measured_in_no_time() {
        let mut bomb = "{ ...f0 } ".to_owned();
        for level in 0..200 {
            bomb += &format!("fragment f{level} on Query {{ ...f{0} ...f{0} }} ", level + 1);
        }
        bomb += "fragment f200 on Query { a }";
        assert_eq!(verdict(&bomb), "too_many_root_fields");
        let nested = bomb.replacen("{ ...f0 }", "{ customer { ...f0 } }", 1);
        assert_eq!(verdict(&nested), "query_too_large");
    }

    #[test]
    fn circles_depth_aliases_and_length_are_refused() {
        assert_eq!(
            verdict("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"),
            "query_in_circles"
        );
        let deep = format!("{}a{}", "{a".repeat(14), "}".repeat(14));
        assert_eq!(verdict(&deep), "query_too_deep");
        let abyss = format!("{}a{}", "{a".repeat(3_000), "}".repeat(3_000));
        assert_eq!(verdict(&abyss), "query_too_deep");
        let aliases: String = (0..60).map(|number| format!("a{number}: a ")).collect();
        assert_eq!(verdict(&format!("{{ customer {{ {aliases} }} }}")), "too_many_aliases");
        assert_eq!(verdict(&format!("{{ {aliases} }}")), "too_many_root_fields");
        assert_eq!(verdict(&format!("{{ a }} # {}", "x".repeat(DOCUMENT_MAX))), "query_too_long");
        let types = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
        assert_eq!(verdict(types), "query_too_deep");
    }

    #[test]
    fn a_list_costs_its_rows() {
        assert_eq!(list_cost(Some(10), 3), 41);
        assert_eq!(list_cost(None, 1), 101);
        assert_eq!(list_cost(Some(i32::MAX), 1), 401, "no page is longer than the longest");
        assert_eq!(list_cost(Some(-1), 1), 1);
        assert_eq!(list_cost(Some(200), usize::MAX), usize::MAX);
    }
}
