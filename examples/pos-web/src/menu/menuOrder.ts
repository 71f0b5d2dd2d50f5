import type { MenuItem, MenuView, ModifierGroup } from '@auraconnect/offline-sync';
import { Baby, CakeSlice, CupSoda, Fish, type LucideIcon, Salad, Soup, UtensilsCrossed, Wine } from 'lucide-react';

/** A category as the till shows it. */
export interface Category {
  readonly id: string;
  readonly name: string;
  readonly items: readonly MenuItem[];
}

/** The order of a meal; categories that are not named here follow as the menu has them. */
const COURSES = ['starters', 'mains', 'sides', 'desserts', 'kids', 'drinks', 'bar'];

export function categoriesOf(menu: MenuView): readonly Category[] {
  const ids = [...new Set(menu.items.map((item) => item.category))];
  return ids.sort(byCourse).map((id) => ({
    id,
    name: id.charAt(0).toUpperCase() + id.slice(1),
    items: menu.items.filter((item) => item.category === id),
  }));
}

function byCourse(a: string, b: string): number {
  const place = (id: string): number => (COURSES.includes(id) ? COURSES.indexOf(id) : COURSES.length);
  return place(a) - place(b);
}

const ICONS: Readonly<Record<string, LucideIcon>> = {
  starters: Soup,
  mains: Fish,
  sides: Salad,
  desserts: CakeSlice,
  kids: Baby,
  drinks: CupSoda,
  bar: Wine,
};

export function categoryIcon(id: string): LucideIcon {
  return ICONS[id] ?? UtensilsCrossed;
}

/** The groups of an item, in the item's order; a group that the menu does not hold is left out. */
export function groupsOf(item: MenuItem, menu: MenuView): readonly ModifierGroup[] {
  return item.modifierGroups.flatMap((id) => menu.modifierGroups.filter((group) => group.id === id));
}
