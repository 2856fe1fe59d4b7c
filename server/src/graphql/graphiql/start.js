// Puts GraphiQL onto the page. The key goes into the tab "Headers"; without one only the schema can be looked at.
const query = `# Put your key into the tab "Headers" below:
#   {"Authorization": "Bearer prn_..."}

query Promotions {
  promotions(first: 10) {
    nodes { name state summary }
  }
}

mutation Purchase($input: PurchaseInput!) {
  purchase(input: $input) {
    __typename
    ... on Credited { pointsEarned balance { points } }
    ... on Replayed { pointsEarned }
    ... on TransactionConflict { differences { pointer stored received } }
    ... on NotEligible { reasons { promotion missing { text } } }
    ... on CustomerNotFound { detail }
    ... on Rejected { code detail errors { pointer detail } }
  }
}
`;
const variables = JSON.stringify(
  { input: { transactionId: "try-1", retailer: "main", currency: "USD", amount: 1999, customer: { email: "ada@example.com" } } },
  null,
  2,
);
ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: "/graphql" }),
    defaultQuery: query,
    variables,
    defaultEditorToolsVisibility: "headers",
  }),
);
