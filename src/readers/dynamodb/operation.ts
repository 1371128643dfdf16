/** What is asked of DynamoDB: nothing that changes a table. */
export type Operation = "Scan" | "DescribeTable" | "ListTables";
