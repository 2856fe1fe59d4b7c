//! The schema: queries and mutations over the engine, within limits.

use async_graphql::{EmptySubscription, SDLExportOptions};

use super::{limits, mutations::Mutation, queries::Query};

/// The schema of `/graphql`. Who asks comes with each request.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// Directives on one field; nobody needs more than to skip or include it.
const DIRECTIVES_MAX: usize = 4;

/// Builds it. Depth, aliases and fragments are measured before (see [`limits`]).
pub fn schema() -> Schema {
    Schema::build(Query, Mutation, EmptySubscription)
        .limit_complexity(limits::COMPLEXITY_MAX)
        .limit_directives(DIRECTIVES_MAX)
        .finish()
}

/// The schema in its own language, as it is committed.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .prefer_single_line_descriptions();
    let sdl = schema().sdl_with_options(options);
    let lines: Vec<_> = sdl.lines().map(|line| line.trim_end().replace('\t', "  ")).collect();
    let mut text = lines.join("\n").trim().to_owned();
    text.push('\n');
    text
}
