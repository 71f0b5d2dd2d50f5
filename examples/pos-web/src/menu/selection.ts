import type { ModifierGroup, ModifierOption } from '@auraconnect/offline-sync';

/** Ids of the chosen options, in the order of choosing. */
export type Selection = readonly string[];

function chosenIn(group: ModifierGroup, selection: Selection): readonly string[] {
  return selection.filter((id) => group.options.some((option) => option.id === id));
}

/**
 * What a press on an option leads to. Where one option is allowed, another press replaces it; where more are allowed,
 * a press beyond the most that may be chosen changes nothing.
 */
export function pressed(selection: Selection, group: ModifierGroup, optionId: string): Selection {
  const inGroup = chosenIn(group, selection);
  if (selection.includes(optionId)) {
    const needed = group.min === 1 && group.max === 1;
    return needed ? selection : selection.filter((id) => id !== optionId);
  }
  if (group.max === 1) return [...selection.filter((id) => !inGroup.includes(id)), optionId];
  return inGroup.length < group.max ? [...selection, optionId] : selection;
}

/** The first group that still needs a choice. */
export function firstUnmet(groups: readonly ModifierGroup[], selection: Selection): ModifierGroup | undefined {
  return groups.find((group) => chosenIn(group, selection).length < group.min);
}

export function isFull(group: ModifierGroup, selection: Selection): boolean {
  return chosenIn(group, selection).length >= group.max;
}

export function priceOf(groups: readonly ModifierGroup[], selection: Selection): number {
  return groups
    .flatMap((group): readonly ModifierOption[] => group.options)
    .filter((option) => selection.includes(option.id))
    .reduce((sum, option) => sum + option.priceMinor, 0);
}

/** `Choose 1`, `Up to 2`, `Choose 1 to 3`. */
export function ruleOf(group: ModifierGroup): string {
  if (group.min === group.max) return `Choose ${group.min}`;
  if (group.min === 0) return group.max === 1 ? 'Optional' : `Up to ${group.max}`;
  return `Choose ${group.min} to ${group.max}`;
}
