/** The DynamoDB operations in use. None of them changes a table. */
export type Operation = "Scan" | "Query" | "DescribeTable" | "ListTables";
