/** What can be known of a subscription before something is created in it, and its resource group. */
import { setValue } from "./azd.mjs";
import { Stop, say, value } from "./hook.mjs";
import { arm, orNothing, Refused } from "./http.mjs";

const assigns = "Microsoft.Authorization/roleAssignments/write";

/** @throws Stop if the deployer may not give the app's identity its roles */
export async function checkRights(subscription) {
  const permissions = (scope) =>
    orNothing(arm("GET", `${scope}/providers/Microsoft.Authorization/permissions`, "2022-04-01"));
  const whole = `/subscriptions/${subscription}`;
  const group = value("AZURE_RESOURCE_GROUP");
  const found = (group && (await permissions(`${whole}/resourceGroups/${group}`))) ?? (await permissions(whole));
  if (!found || found.value.some((each) => covers(each.actions) && !covers(each.notActions))) return;
  throw new Stop(
    `You may not assign roles in ${group ? `the resource group ${group}` : "the subscription"}, and the app's identity needs some.\n` +
      "Nothing has been created. Ask for Owner, or for Role Based Access Control Administrator beside Contributor.",
  );
}

const covers = (actions = []) =>
  actions.some((action) =>
    new RegExp(
      `^${action
        .split("*")
        .map((part) => part.replaceAll(".", "\\."))
        .join(".*")}$`,
      "i",
    ).test(assigns),
  );

/** @throws Stop if the region has no Flex Consumption, or not that PostgreSQL for this subscription */
export async function checkRegion(subscription, location) {
  const whole = `/subscriptions/${subscription}/providers`;
  const plain = (name) => name.toLowerCase().replaceAll(" ", "");
  const { value: regions = [] } = await unlessRefused(
    arm("GET", `${whole}/Microsoft.Web/geoRegions?sku=FlexConsumption`, "2024-04-01"),
  );
  const names = regions.map(({ name }) => plain(name));
  if (names.length > 0 && !names.includes(plain(location)))
    throw new Stop(otherRegion(location, `has no Flex Consumption. Those that have: ${names.toSorted().join(", ")}`));
  const { value: offers = [] } = await unlessRefused(
    arm("GET", `${whole}/Microsoft.DBforPostgreSQL/locations/${location}/capabilities`, "2025-08-01"),
  );
  const [sku, tier] = [value("MLFLOW_DATABASE_SKU") ?? "Standard_B1ms", value("MLFLOW_DATABASE_TIER") ?? "Burstable"];
  const offered = offers
    .flatMap((offer) => (offer.restricted === "Enabled" ? [] : (offer.supportedServerEditions ?? [])))
    .filter(({ name }) => name === tier)
    .flatMap(({ supportedServerSkus }) => (supportedServerSkus ?? []).map(({ name }) => name));
  if (offers.length > 0 && !offered.some((name) => name.toLowerCase() === sku.toLowerCase()))
    throw new Stop(otherRegion(location, `offers this subscription no PostgreSQL ${tier} ${sku}`));
}

const otherRegion = (location, why) =>
  `The region ${location} ${why}.\nNothing has been created. Take another: azd env set AZURE_LOCATION <region>, ` +
  "or another PostgreSQL: azd env set MLFLOW_DATABASE_SKU <sku> and MLFLOW_DATABASE_TIER <tier>";

/** These two checks are a help only: where Azure does not answer them, the deployment finds out. */
const unlessRefused = (answer) =>
  answer.catch((error) => {
    if (error instanceof Refused) return {};
    throw error;
  });

/** The group that azd deploys into and that azd down deletes: azd makes none that it has not asked for. */
export async function ensureGroup(subscription, location) {
  const name = value("AZURE_RESOURCE_GROUP") ?? `rg-${value("AZURE_ENV_NAME") ?? "mlflow"}`;
  const [path, version] = [`/subscriptions/${subscription}/resourceGroups/${name}`, "2021-04-01"];
  if (!(await orNothing(arm("GET", path, version)))) {
    await arm("PUT", path, version, { location });
    say(`The resource group ${name} was made in ${location}.`);
  }
  if (value("AZURE_RESOURCE_GROUP") !== name) await setValue("AZURE_RESOURCE_GROUP", name);
}
