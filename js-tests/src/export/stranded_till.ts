/** A till that cannot reach its server any more, beside one that can. */
import { Cable, cut } from '../engine/cable.ts';
import { only } from '../engine/shared_server.ts';
import { openReadyTill, sellSoup } from '../engine/till.ts';
import type { LocalServer } from '../server/local_server.ts';
import { openRestaurant } from '../server/restaurant.ts';
import type { Engine } from '@auraconnect/offline-sync';

/** Two tills of one restaurant, the first of which has lost its cable and sold two soups since: eight mutations. */
export async function strandedTill(server: LocalServer) {
  const restaurant = await openRestaurant(server, ['Till A', 'Till B']);
  const cable = new Cable();
  const tillA = await openReadyTill(server.url, only(restaurant.devices), { fetch: cable.fetch });
  const tillB = await openReadyTill(server.url, only(restaurant.devices, 1));
  cable.fate = cut;
  const sold = [await sellSoup(tillA), await sellSoup(tillA)];
  return { restaurant, cable, tillA, tillB, sold };
}

/** The ids of what a till has not settled, in order. */
export function unsettledIds(till: Engine): string[] {
  const { mutations } = JSON.parse(till.exportUnsynced()) as { mutations: { id: string }[] };
  return mutations.map(({ id }) => id);
}
