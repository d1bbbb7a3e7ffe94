/** The MLflow version whose API and schema this app serves. */
export const mlflowVersion = "3.18.0";
