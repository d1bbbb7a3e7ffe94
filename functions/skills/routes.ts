import { notImplemented } from "../../shared/platform/http/not-served.ts";

export default notImplemented(
  "The skill registry is not served by this app.",
  `
    GET 3.0/mlflow/skills
    POST 3.0/mlflow/skills
    GET 3.0/mlflow/skills/**
    POST 3.0/mlflow/skills/**
    PATCH 3.0/mlflow/skills/**
    DELETE 3.0/mlflow/skills/**
  `,
);
