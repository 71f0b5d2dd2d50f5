/** The whole drill: `node drill_run.ts [--orders 2000]`. Prints each step as it is done. */
import { parseArgs } from 'node:util';
import { restoreDrill } from './restore_drill.ts';

const { values } = parseArgs({ options: { orders: { type: 'string', default: '2000' } } });
const since = performance.now();
const tell = (step: string): void =>
  console.log(`${((performance.now() - since) / 1000).toFixed(1).padStart(6)} s  ${step}`);
await restoreDrill({ orders: Number(values.orders), tell });
tell('the drill is passed');
