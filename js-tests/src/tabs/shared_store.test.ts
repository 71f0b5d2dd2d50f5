/** How tabs share a store, on a core and in a browser of paper, where every order of events can be had. */
import assert from 'node:assert/strict';
import { before, type TestContext, test } from 'node:test';
import type { TabSeat } from '../../../pkg/src/tabs/tab_seat.ts';
import { anySeed, type Chance, chanceOf } from '../kills/chance.ts';
import { PaperBrowser, type PaperTab } from './paper_browser.ts';
import { addedIn, type PaperCommand } from './paper_core.ts';
import { loadTabSeat } from './tabs_module.ts';

const histories = Number(process.env['HISTORIES'] ?? 300);

let seat: typeof TabSeat;

before(async () => {
  seat = await loadTabSeat();
});

/** What became of a command. */
interface Fate {
  readonly tab: PaperTab;
  readonly command: PaperCommand;
  outcome?: 'saved' | { readonly code?: string };
  /** Whether its tab showed it when it was answered. */
  seen?: boolean;
}

async function seated(browser: PaperBrowser, name: string): Promise<PaperTab> {
  const tab = browser.open(name);
  await browser.settle();
  await tab.seat;
  return tab;
}

async function give(tab: PaperTab, command: PaperCommand): Promise<Fate> {
  const fate: Fate = { tab, command };
  const sat = await tab.seat;
  sat.command(JSON.stringify(command)).then(
    () => {
      fate.outcome = 'saved';
      fate.seen = sat.query('{"type":"orders"}').includes(`"${command.label}"`);
    },
    (thrown: { code?: string }) => (fate.outcome = thrown),
  );
  return fate;
}

const labelsIn = async (tab: PaperTab): Promise<string[]> => {
  const orders = JSON.parse((await tab.seat).query('{"type":"orders"}')) as { labels: string[] }[];
  return orders.flatMap(({ labels }) => labels).sort();
};
const roleOf = async (tab: PaperTab): Promise<string> => (await tab.seat).standing().role;
const labelsStored = (browser: PaperBrowser): string[] => addedIn(browser.entries).map(({ label }) => label);

test('a tab alone posts nothing for a commit, and one message each while somebody follows', async () => {
  const browser = new PaperBrowser(chanceOf(1), seat);
  const alone = await seated(browser, 'a');
  const [announced] = [browser.posted];
  for (const label of ['1', '2', '3']) await give(alone, { orderId: 'o', label });
  await browser.settle();
  assert.deepEqual([announced, browser.posted], [1, 1]);
  const follower = await seated(browser, 'b');
  const before = browser.posted;
  await give(alone, { orderId: 'o', label: '4' });
  await browser.settle();
  assert.equal(browser.posted - before, 1);
  await (await follower.seat).close();
  const after = browser.posted;
  await browser.settle();
  await give(alone, { orderId: 'o', label: '5' });
  await browser.settle();
  assert.equal(browser.posted, after);
});

test('two tabs take orders and see each other’s, and an answered command is seen where it was given', async () => {
  const browser = new PaperBrowser(chanceOf(2), seat);
  const [writer, follower] = [await seated(browser, 'a'), await seated(browser, 'b')];
  assert.deepEqual([await roleOf(writer), await roleOf(follower)], ['writer', 'follower']);
  for (const label of ['1', '2', '3', '4']) {
    const tab = label === '1' || label === '3' ? writer : follower;
    const fate = await give(tab, { orderId: 'o', label });
    await browser.settle();
    assert.deepEqual([fate.outcome, fate.seen], ['saved', true]);
  }
  assert.deepEqual(await labelsIn(writer), ['1', '2', '3', '4']);
  assert.deepEqual(await labelsIn(follower), ['1', '2', '3', '4']);
  const changes = ({ heard }: PaperTab): number => heard.filter(({ type }) => type === 'orders_changed').length;
  assert.deepEqual([changes(writer), changes(follower)], [4, 4]);
});

test('a command that the writer refuses is refused once, with its code', async () => {
  const browser = new PaperBrowser(chanceOf(3), seat);
  await seated(browser, 'a');
  const follower = await seated(browser, 'b');
  const fate = await give(follower, { orderId: 'o', label: '2', after: '1' });
  await browser.settle();
  assert.equal((fate.outcome as { code?: string }).code, 'LINE_UNKNOWN');
});

test('every command names whoever worked the tab where it was given', async () => {
  const browser = new PaperBrowser(chanceOf(4), seat);
  const [writer, follower] = [await seated(browser, 'a'), await seated(browser, 'b')];
  (await writer.seat).setStaff('stf_mara');
  (await follower.seat).setStaff('stf_tom');
  await give(follower, { orderId: 'o', label: '1' });
  await browser.settle();
  browser.kill(writer);
  await browser.settle();
  await give(follower, { orderId: 'o', label: '2' });
  await browser.settle();
  const by = addedIn(browser.entries).map((added) => added.by.split(' '));
  assert.deepEqual(
    by.map(([tab, , staff]) => [tab, staff]),
    [
      ['b', 'stf_tom'],
      ['b', 'stf_tom'],
    ],
  );
});

test('closing hands over: what was given is saved first, and the next tab writes', async () => {
  const browser = new PaperBrowser(chanceOf(5), seat);
  const [writer, follower] = [await seated(browser, 'a'), await seated(browser, 'b')];
  const fates = [
    await give(writer, { orderId: 'o', label: '1' }),
    await give(follower, { orderId: 'o', label: '2' }),
    await give(follower, { orderId: 'o', label: '3', after: '2' }),
  ];
  const closed = (await writer.seat).close();
  await browser.settle();
  await closed;
  await browser.settle();
  assert.equal(await roleOf(follower), 'writer');
  assert.deepEqual(
    fates.map(({ outcome }) => outcome),
    ['saved', 'saved', 'saved'],
  );
  assert.deepEqual(labelsStored(browser).sort(), ['1', '2', '3']);
});

test('a writer whose commit meets another’s entry stops and follows, and its command is carried out once', async () => {
  const browser = new PaperBrowser(chanceOf(6), seat);
  const [stale, thief] = [await seated(browser, 'a'), await seated(browser, 'b')];
  // The thief writes before the stale one knows: its next key is taken.
  browser.entries.set(`journal/${'1'.padStart(16, '0')}`, new TextEncoder().encode('[]'));
  const fate = await give(stale, { orderId: 'o', label: '1' });
  await browser.settle();
  assert.deepEqual([fate.outcome, labelsStored(browser)], ['saved', ['1']]);
  assert.deepEqual([await roleOf(stale), await roleOf(thief)], ['follower', 'writer']);
});

test('whatever tabs are killed, closed or robbed and in whatever order, each command takes effect once', async (context) => {
  const first = anySeed();
  context.diagnostic(`seeds ${first} to ${first + histories - 1}`);
  const totals = { saved: 0, killed: 0, closed: 0, robbed: 0 };
  for (let seed = first; seed < first + histories; seed += 1) {
    try {
      await history(chanceOf(seed), totals);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
  tell(context, totals);
});

function tell(context: TestContext, totals: Readonly<Record<string, number>>): void {
  context.diagnostic(
    Object.entries(totals)
      .map(([what, number]) => `${number} ${what}`)
      .join(', '),
  );
}

/** One afternoon of a browser: up to five tabs, forty commands, and accidents. */
async function history(
  chance: Chance,
  totals: Record<'saved' | 'killed' | 'closed' | 'robbed', number>,
): Promise<void> {
  const browser = new PaperBrowser(chance, seat);
  const fates: Fate[] = [];
  const closing: Promise<void>[] = [];
  const last = new Map<PaperTab, string>();
  let tabs = [await seated(browser, 't0'), await seated(browser, 't1')];
  for (let label = 0; label < 40; label += 1) {
    const tab = chance.oneOf(tabs as [PaperTab, ...PaperTab[]]);
    // Each rests on the one before in its tab: none may overtake another.
    const after = last.get(tab);
    fates.push(await give(tab, { orderId: tab.name, label: String(label), ...(after === undefined ? {} : { after }) }));
    last.set(tab, String(label));
    for (let steps = chance.between(0, 8); steps > 0; steps -= 1) await browser.step();
    const accident = chance.between(1, 24);
    const struck = chance.oneOf(tabs as [PaperTab, ...PaperTab[]]);
    if (accident <= 2 && tabs.length > 1) {
      tabs = tabs.filter((tab) => tab !== struck);
      if (accident === 1) browser.kill(struck);
      else closing.push((await struck.seat).close());
      totals[accident === 1 ? 'killed' : 'closed'] += 1;
    } else if (accident === 3) {
      browser.steal();
      totals.robbed += 1;
    } else if (accident <= 6 && tabs.length < 5) {
      tabs.push(await seated(browser, `t${label}+`));
    }
  }
  await browser.settle();
  await Promise.all(closing);
  await browser.settle();
  const stored = labelsStored(browser);
  assert.equal(new Set(stored).size, stored.length, 'something took effect twice');
  for (const { tab, command, outcome, seen } of fates) {
    if (outcome === 'saved') assert.ok(seen, `${command.label} of ${tab.name} was answered and not seen`);
    if (tab.alive) assert.equal(outcome, 'saved', `${command.label} of ${tab.name}`);
    if (outcome === 'saved') assert.ok(stored.includes(command.label), `${command.label} is lost`);
  }
  for (const tab of tabs)
    assert.deepEqual(await labelsIn(tab), [...stored].sort(), `${tab.name} does not see everything`);
  const writers = await Promise.all(tabs.map(roleOf));
  assert.equal(writers.filter((role) => role === 'writer').length, 1);
  totals.saved += fates.filter(({ outcome }) => outcome === 'saved').length;
}
