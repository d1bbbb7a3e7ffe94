import type { DocumentNode, GraphQLError, GraphQLSchema } from "graphql";
import type { z } from "zod";
import type { Config } from "../../shared/platform/config.ts";
import { inputError } from "../../shared/platform/db/errors.ts";
import { invalid, MlflowError } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { once } from "../../shared/platform/once.ts";
import { shown } from "../../shared/platform/shown.ts";
import { schemaText } from "./schema.ts";
import type { GraphqlRequest } from "./schemas.ts";

const load = async () => {
  const [graphql, limits, resolvers] = await Promise.all([
    import("graphql"),
    import("./limits.ts"),
    import("./resolvers.ts"),
  ]);
  return { ...graphql, ...limits, ...resolvers };
};
type Library = Awaited<ReturnType<typeof load>>;

// With the first query: only the page asks any.
const loaded = once(async () => {
  const library = await load();
  return { library, schema: buildSchema(library) };
});

const maxTokens = 10_000;
// The page's queries have a few thousand.
const maxLength = 262_144;
const maxErrors = 10;

/** The library's messages repeat the query, ours are cut already. */
const messageOf = ({ message, originalError }: GraphQLError) =>
  originalError instanceof MlflowError ? message : (inputError(originalError)?.message ?? shown(message));

/**
 * Answers a query as MLflow does (handlers.py, _graphql): 200 with `data` and `errors`, a list of messages or null.
 * @throws MlflowError where MLflow answers 500: for text that is not GraphQL
 */
export async function query(input: z.output<typeof GraphqlRequest>, context: Context) {
  const { library, schema } = await loaded();
  const document = parse(library, input.query);
  const refused = check(library, schema, document, context.config);
  if (refused) return { data: null, errors: refused };
  const reading = new library.Reading(context);
  const { data, errors } = await library.execute({
    schema,
    document,
    variableValues: input.variables,
    operationName: input.operation_name,
    contextValue: reading,
    fieldResolver: library.resolve,
  });
  if (reading.budget.refused) throw reading.budget.refused;
  for (const { originalError } of errors ?? [])
    if (originalError && !isAnswered(library, originalError)) throw originalError;
  return { data: data ?? null, errors: errors?.slice(0, maxErrors).map(messageOf) ?? null };
}

/** Whether an error comes from the query itself. Such an error is part of the answer. */
const isAnswered = ({ GraphQLError }: Library, error: Error) =>
  error instanceof MlflowError || error instanceof GraphQLError || inputError(error) !== undefined;

function buildSchema({ buildSchema, isScalarType }: Library): GraphQLSchema {
  const built = buildSchema(schemaText);
  const long = built.getType("LongString");
  if (isScalarType(long)) long.serialize = String;
  return built;
}

function parse({ parse }: Library, text: string): DocumentNode {
  if (text.length > maxLength) throw invalid(`A query can have at most ${maxLength} characters, got ${text.length}.`);
  try {
    return parse(text, { maxTokens });
  } catch (error) {
    throw invalid(shown((error as Error).message));
  }
}

/** The messages of what is wrong with a query, undefined for none. */
function check(
  { checkLimits, validate, GraphQLError }: Library,
  schema: GraphQLSchema,
  document: DocumentNode,
  config: Config,
) {
  try {
    checkLimits(document, config);
  } catch (error) {
    if (error instanceof GraphQLError) return [error.message];
    throw error;
  }
  const errors = validate(schema, document, undefined, { maxErrors });
  return errors.length > 0 ? errors.map(messageOf) : undefined;
}
