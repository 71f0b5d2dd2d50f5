/** The bench's page: what the rounds outside call by name. */
import { baselineContender } from './baseline_contender.ts';
import type { Contender, ContenderId } from './contender.ts';
import { engineContender } from './engine_contender.ts';
import { fileFloor, idbFloor } from './floor.ts';
import * as steps from './steps.ts';

const contenders: Readonly<Record<ContenderId, Contender>> = {
  engine: engineContender(),
  strict: baselineContender('strict'),
  relaxed: baselineContender('default'),
};
const { growthSeed, growthSaves, growthEnd, ...timed } = steps;

const bench = {
  step: (name: keyof typeof timed, id: ContenderId, sizes: steps.Sizes) => timed[name](contenders[id], sizes),
  growthSeed: (id: ContenderId, kept: number) => growthSeed(contenders[id], kept),
  growthSaves,
  growthEnd,
  idbFloor,
  fileFloor,
  /** Bytes that the browser says the origin's databases take. */
  databaseBytes: async () => {
    const estimate = (await navigator.storage.estimate()) as { usageDetails?: { indexedDB?: number } };
    return estimate.usageDetails?.indexedDB ?? 0;
  },
};
Object.assign(globalThis, { bench });
