/** What a run of kills counts. */

/** Counts of one run; a save is one command's effect. */
export interface Tally {
  kills: number;
  /** Kills that found something in flight: a save not yet acknowledged, or a request not yet answered. */
  killsInFlight: number;
  /** Saves whose acknowledgement arrived before the kill. */
  acknowledged: number;
  /** Saves found after the kill, acknowledged or not. */
  recovered: number;
  /** Of these, the ones that were in flight. */
  recoveredUnacknowledged: number;
  /** Acknowledged and not found. Must be 0. */
  lost: number;
}

/** A run that has not begun. */
export function emptyTally(): Tally {
  return { kills: 0, killsInFlight: 0, acknowledged: 0, recovered: 0, recoveredUnacknowledged: 0, lost: 0 };
}

/** The counts in a line. */
export function tallyText(tally: Tally): string {
  const { kills, killsInFlight, acknowledged, recovered, recoveredUnacknowledged, lost } = tally;
  return (
    `${kills} kills (${killsInFlight} with something in flight), ${acknowledged} saves acknowledged, ${recovered} recovered, ` +
    `${recoveredUnacknowledged} of them not acknowledged, ${lost} lost`
  );
}
