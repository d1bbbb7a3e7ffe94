import { describeBasicTable } from "./basic-table.ts";

describeBasicTable("READ");
