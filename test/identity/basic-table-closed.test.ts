import { describeBasicTable } from "./basic-table.ts";

describeBasicTable("NO_PERMISSIONS");
