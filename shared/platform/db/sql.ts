export { default as sql, join, raw, Sql } from "sql-template-tag";
