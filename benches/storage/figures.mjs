// The table: ratios within a round, then their median and spread over the rounds.

/** Steps with their targets for our time as a share of the strict baseline's; `null` where none was set. */
export const steps = [
  { name: 'saves', says: 'one save, awaited', target: 1.0 },
  { name: 'updates', says: 'one status update, awaited', target: 0.5 },
  { name: 'burst', says: 'burst of unawaited saves', target: 0.2 },
  { name: 'batches', says: 'orders in batches of 100', target: 0.3 },
  { name: 'coldStart', says: 'new process to first reads', target: 1.0 },
  { name: 'report', says: "a day's totals", target: 0.2 },
  { name: 'drain', says: 'drain what is pending', target: 0.3 },
  { name: 'remote', says: 'apply remote changes', target: 0.4 },
  { name: 'diskBytes', says: 'bytes on disk, folder', target: null },
  { name: 'estimateBytes', says: 'bytes on disk, estimate', target: null },
];

/** The value below which a share of the sorted values lies. */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** What a step took: of awaited actions the median of one, which an outlier of the machine does not move. Milliseconds. */
const figureOf = ({ ms, each }) => (each === undefined ? ms : median(each));

/** Our figure over another's within each round; `null` where there is none. */
export function ratio(rounds, step, other) {
  const ratios = rounds
    .filter((round) => round.engine?.[step] != null && round[other]?.[step] != null)
    .map((round) => figureOf(round.engine[step]) / figureOf(round[other][step]));
  if (ratios.length === 0) return null;
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}

/** Prints all steps of all rounds. */
export function printTable(rounds, sizes) {
  const counts = { saves: sizes.awaited, updates: sizes.awaited, burst: sizes.burst, batches: sizes.batched };
  Object.assign(counts, { drain: sizes.pending, remote: sizes.remote, report: sizes.closed + sizes.pending });
  const head = ['', 'ours/strict', 'target', '', 'ours/default', 'ours', 'strict', 'default'];
  const rows = steps.map(({ name, says, target }) => {
    const [strict, relaxed] = [ratio(rounds, name, 'strict'), ratio(rounds, name, 'relaxed')];
    const met = strict === null || target === null ? '' : strict.median <= target ? 'met' : 'missed';
    const label = counts[name] === undefined ? says : `${says} (${counts[name].toLocaleString('en')})`;
    const took = ['engine', 'strict', 'relaxed'].map((id) => tookText(rounds, name, id));
    return [label, ratioText(strict), target?.toFixed(1) ?? '', met, ratioText(relaxed), ...took];
  });
  printRows([head, ...rows]);
  console.log('\nratios: median (least..most) over the rounds; times: median of the rounds\n');
  const awaited = ['saves', 'updates'].flatMap((step) =>
    ['engine', 'strict', 'relaxed'].map((id) => {
      const each = rounds.flatMap((round) => round[id]?.[step]?.each ?? []);
      const of = (share) => (each.length === 0 ? 'n/a' : `${quantile(each, share).toFixed(2)} ms`);
      return [`${step}: ${shownId[id]}`, of(0.5), of(0.99)];
    }),
  );
  printRows([['awaited, all rounds', 'p50', 'p99'], ...awaited]);
  for (const id of Object.keys(shownId)) {
    const of = rounds[0]?.[id] ?? {};
    const told = Object.entries(of).filter(([, timing]) => timing?.note !== undefined);
    if (told.length > 0) {
      console.log(`\n${shownId[id]}: ${told.map(([step, { note }]) => `${step} ${note}`).join('; ')}`);
    }
  }
}

/** Prints what no engine over this storage can go below, beside what the strict baseline takes for an action. */
export function printFloor(rounds) {
  const says = { put: 'IndexedDB put, strict', add: 'IndexedDB add, strict', file: 'worker: write and flush a file' };
  const rows = Object.entries(says).map(([kind, says]) => {
    const each = rounds.flatMap((round) => round.floor[kind].each);
    const against = (step) => {
      const ratios = rounds.map((round) => figureOf(round.floor[kind]) / figureOf(round.strict[step]));
      return median(ratios).toFixed(2);
    };
    const of = (share) => `${quantile(each, share).toFixed(2)} ms`;
    return [says, of(0.5), of(0.99), against('saves'), against('updates')];
  });
  console.log();
  printRows([['700 bytes, awaited', 'p50', 'p99', 'of a strict save', 'of a strict update'], ...rows]);
}

/** How a person calls the contenders. */
export const shownId = { engine: 'ours', strict: 'strict', relaxed: 'default' };

function ratioText(of) {
  return of === null ? 'n/a' : `${of.median.toFixed(2)} (${of.least.toFixed(2)}..${of.most.toFixed(2)})`;
}

function tookText(rounds, step, id) {
  const figures = rounds.flatMap((round) => round[id]?.[step] ?? []).map(figureOf);
  if (figures.length === 0) return 'n/a';
  const middle = median(figures);
  return step.endsWith('Bytes') ? `${(middle / 1e6).toFixed(1)} MB` : `${middle.toFixed(middle < 10 ? 2 : 0)} ms`;
}

/** Prints rows with their columns under one another. */
export function printRows(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) {
    const cells = row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])));
    console.log(cells.join('  ').trimEnd());
  }
}
