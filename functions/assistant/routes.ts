import { forPage, notImplemented } from "../../shared/platform/http/not-served.ts";

export default [
  ...notImplemented(
    "The assistant is not served: this app never calls model providers.",
    `
      GET /ajax-api/3.0/mlflow/assistant/**
      POST /ajax-api/3.0/mlflow/assistant/**
      PUT /ajax-api/3.0/mlflow/assistant/**
      PATCH /ajax-api/3.0/mlflow/assistant/**
    `,
  ),
  ...forPage({
    "GET 3.0/mlflow/assistant/config": {
      providers: {},
      projects: {},
      remote_access_allowed: false,
      can_edit_server_settings: false,
    },
    "GET 3.0/mlflow/assistant/providers": { providers: [], resolved: null },
  }),
];
