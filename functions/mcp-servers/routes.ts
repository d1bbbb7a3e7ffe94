import { notImplemented } from "../../shared/platform/http/not-served.ts";

export default notImplemented(
  "The MCP server registry is not served by this app.",
  `
    GET 3.0/mlflow/mcp-servers
    POST 3.0/mlflow/mcp-servers
    GET 3.0/mlflow/mcp-servers/**
    POST 3.0/mlflow/mcp-servers/**
    PATCH 3.0/mlflow/mcp-servers/**
    DELETE 3.0/mlflow/mcp-servers/**
  `,
);
