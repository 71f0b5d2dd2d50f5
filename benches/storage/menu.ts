/** The menu that both contenders sell from: the project's fixture. */
import fixture from '../../fixtures/menu.json' with { type: 'json' };

/** A tax and its rate in parts per million; every tax of the fixture comes on top of the price. */
export interface Tax {
  readonly id: string;
  readonly rate_ppm: number;
  readonly mode: string;
}
/** A modifier and what it adds to the price, in minor units. */
export interface Option {
  readonly id: string;
  readonly name: string;
  readonly price_minor: number;
}
/** Something that can be ordered; its price is in minor units. */
export interface Item {
  readonly id: string;
  readonly name: string;
  readonly category: string;
  readonly station: string;
  readonly price_minor: number;
  readonly tax_ids: readonly string[];
}

/** The menu as the server has it. */
export const menuRecord: unknown = fixture;
/** Its version, as a line notes it. */
export const menuVersion: number = fixture.menu_version;
/** Items by id. */
export const items: ReadonlyMap<string, Item> = new Map(fixture.items.map((item) => [item.id, item]));
/** Modifiers by id. */
export const options: ReadonlyMap<string, Option> = new Map(
  fixture.modifier_groups.flatMap((group) => group.options).map((option) => [option.id, option]),
);
/** Taxes by id. */
export const taxes: ReadonlyMap<string, Tax> = new Map(fixture.taxes.map((tax) => [tax.id, tax]));

/** What stands under an id, where there must be something. */
export function known<Value>(values: ReadonlyMap<string, Value>, id: string): Value {
  const value = values.get(id);
  if (value === undefined) throw new Error(`the menu has no ${id}`);
  return value;
}
