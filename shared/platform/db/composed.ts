import { RecentlyUsed } from "../recently-used.ts";
import type { Db } from "./database.ts";
import type { Sql, Statement } from "./sql.ts";

/** Stands for a value of a statement while its text is put together. */
class Slot {
  declare private readonly brand: undefined;
}

type Values<Slots extends Slot[]> = { [Index in keyof Slots]: unknown };

interface Composed {
  workspace: string;
  text: string;
  /** Of each value of the statement, the place among those it is called with; else the value itself. */
  values: readonly ({ place: number } | { value: unknown })[];
}

/**
 * A statement whose text is the same for all that a caller may see, whatever its values: it is put together once for
 * each caller's rights and not for each request. The text is then the same object too, whose prepared statement is
 * found without reading it. For the statements of the hottest routes; that of get_run took a third of the app's own
 * time.
 * @param compose is given slots in place of values, which it can only write into the statement
 * @throws Error where a slot is not in the statement
 */
export function composed<Slots extends Slot[]>(
  compose: (db: Db, ...slots: Slots) => Sql,
): (db: Db, ...values: Values<Slots>) => Statement {
  const kept = new WeakMap<object, Composed>();
  return (db, ...values) => {
    const { access, workspace } = db.scope;
    let found = kept.get(access);
    if (found?.workspace !== workspace) {
      const slots = values.map(() => new Slot()) as Slots;
      const written = compose(db, ...slots);
      const unused = slots.findIndex((slot) => !written.values.includes(slot));
      if (unused !== -1) throw new Error(`Value ${unused} is not in the statement ${written.text}`);
      found = placed(workspace, written, slots);
      kept.set(access, found);
    }
    return filled(found, values);
  };
}

/** Texts of one statement that are kept, and how long what tells them apart may be. */
const mostKept = 200;
const longestKey = 1000;

/**
 * The same for a statement whose text depends on what is asked for, as a search's does on filter and order. Of each of
 * them the last texts are kept. That of a page of runs took the app a quarter of a millisecond.
 * @param keyOf tells texts apart
 */
export function composedBy<Asked, Slots extends Slot[]>(
  keyOf: (asked: Asked) => string,
  compose: (db: Db, asked: Asked, ...slots: Slots) => Sql,
): (db: Db, asked: Asked, ...values: Values<Slots>) => Statement {
  const kept = new RecentlyUsed<Composed>(mostKept);
  const numbers = new WeakMap<object, number>();
  let last = 0;
  const numberOf = (access: object) => {
    const known = numbers.get(access);
    if (known === undefined) numbers.set(access, ++last);
    return known ?? last;
  };
  return (db, asked, ...values) => {
    const { access, workspace } = db.scope;
    const key = `${numberOf(access)} ${workspace} ${keyOf(asked)}`;
    let found = kept.get(key);
    if (!found) {
      const slots = values.map(() => new Slot()) as Slots;
      found = placed(workspace, compose(db, asked, ...slots), slots);
      if (key.length <= longestKey) kept.set(key, found);
    }
    return filled(found, values);
  };
}

function placed(workspace: string, { text, values }: Sql, slots: readonly Slot[]): Composed {
  const places = values.map((value) => (value instanceof Slot ? { place: slots.indexOf(value) } : { value }));
  return { workspace, text, values: places };
}

const filled = ({ text, values }: Composed, given: readonly unknown[]): Statement => ({
  text,
  values: values.map((each) => ("place" in each ? given[each.place] : each.value)),
});
