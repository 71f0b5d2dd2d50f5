/** The demo's page with both tills, as a person meets it: found by what it shows, worked by pressing. */
import assert from 'node:assert/strict';
import type { Engine } from '@auraconnect/offline-sync';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { readFile } from 'node:fs/promises';
import type { LocalServer } from '../server/local_server.ts';
import type { DeviceEnrolment } from '../server/restaurant.ts';

declare global {
  interface Window {
    /** The demo's engines by the names of their tills. */
    auraTills?: Record<string, Engine>;
  }
}

/** How long the page may take for one step, in milliseconds. */
export const stepMsMax = 15_000;

/**
 * Opens `/two-tills` for these two devices, named Till A and Till B, and waits until both are online and have a menu. What
 * the page's Content Security Policy kept it from doing gathers in `violations`.
 */
export async function openTwoTills(
  context: BrowserContext,
  server: LocalServer,
  enrolments: readonly DeviceEnrolment[],
  pins?: DemoPins,
): Promise<{ page: Page; tills: readonly [DemoTill, DemoTill]; violations: readonly string[] }> {
  context.setDefaultTimeout(stepMsMax);
  const page = await context.newPage();
  const violations: string[] = [];
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) violations.push(message.text());
  });
  await handOut(page, server, enrolments, pins);
  const answer = await page.goto(`${server.url}/two-tills`);
  const policy = (await answer?.headerValue('content-security-policy')) ?? '';
  for (const rule of ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'"]) {
    assert.ok(policy.includes(rule), `the page is sent with ${rule}`);
  }
  const tills = [new DemoTill(page, 'Till A'), new DemoTill(page, 'Till B')] as const;
  for (const till of tills) await till.ready();
  return { page, tills, violations };
}

/** Opens one till alone, whole screen, and waits until it is online and has a menu. */
export async function openTill(
  context: BrowserContext,
  server: LocalServer,
  enrolments: readonly DeviceEnrolment[],
  name: TillName,
  pins?: DemoPins,
): Promise<DemoTill> {
  context.setDefaultTimeout(stepMsMax);
  const page = await context.newPage();
  await handOut(page, server, enrolments, pins);
  await page.goto(`${server.url}/?till=${name === 'Till A' ? 'a' : 'b'}`);
  const till = new DemoTill(page, name);
  await till.ready();
  return till;
}

/** The demo's PINs by staff id, where its restaurant employs people. */
export type DemoPins = Readonly<Record<string, string>>;

async function handOut(
  page: Page,
  server: LocalServer,
  enrolments: readonly DeviceEnrolment[],
  pins: DemoPins | undefined,
): Promise<void> {
  const demoTills = { ...(await demoTillsOf(enrolments)), ...(pins && { demoPins: pins }) };
  await page.route(`${server.url}/demo-tills.json`, (route) => route.fulfill({ json: demoTills }));
}

/** What `npm start` would hand to the page. */
async function demoTillsOf(enrolments: readonly DeviceEnrolment[]): Promise<object> {
  const fixture = await readFile(new URL('../../../fixtures/staff.json', import.meta.url), 'utf8');
  const { staff } = JSON.parse(fixture) as {
    staff: { staff_id: string; display: string; role: string; status: string }[];
  };
  return {
    tills: enrolments.map((enrolment, place) => ({ name: `Till ${'AB'.charAt(place)}`, enrolment })),
    staff: staff
      .filter(({ status }) => status === 'active')
      .map(({ staff_id, display, role }) => ({ staffId: staff_id, display, role })),
  };
}

/** What the demo calls its tills. */
export type TillName = 'Till A' | 'Till B';

/** One of the two tills on the page. */
export class DemoTill {
  readonly page: Page;
  readonly name: TillName;
  readonly root: Locator;

  constructor(page: Page, name: TillName) {
    this.page = page;
    this.name = name;
    this.root = page.getByTestId(this.testId);
  }

  /** Where the till stands on the page. */
  get testId(): string {
    return this.name.toLowerCase().replace(' ', '-');
  }

  /** Waits until the till is online and has a menu. */
  async ready(): Promise<void> {
    await this.see('connection', { connection: 'online' });
    await this.page.waitForFunction((name) => window.auraTills?.[name]?.menu() !== undefined, this.name);
  }

  /** Presses what carries this id. */
  async tap(testId: string): Promise<void> {
    await this.root.getByTestId(testId).click();
  }

  /** Waits until what carries this id has these `data-` attributes. */
  async see(testId: string, attributes: Record<string, string | number> = {}): Promise<void> {
    const filter = Object.entries(attributes).map(([name, value]) => `[data-${name}="${value}"]`);
    await this.root.locator(`[data-testid="${testId}"]${filter.join('')}`).waitFor();
  }

  /** What a `data-` attribute of what carries this id says now. */
  async read(testId: string, name: string): Promise<string | null> {
    return this.root.getByTestId(testId).getAttribute(`data-${name}`);
  }

  /** Waits until so many lines stand on the bill. */
  async seeLines(count: number): Promise<void> {
    await this.root.locator(`.bill [data-testid^="line-"][data-item] >> nth=${count - 1}`).waitFor();
  }

  /** The number of waiting mutations, as the screen shows it. */
  async queueDepthShown(): Promise<number> {
    return Number(await this.root.getByTestId('queue-depth').getAttribute('data-depth'));
  }

  /** Pulls the cable, or puts it back, with the till's own switch. */
  async switchNetwork(state: 'on' | 'off'): Promise<void> {
    await this.tap('network-switch');
    await this.root.and(this.page.locator(`[data-plugged="${state === 'on'}"]`)).waitFor();
    if (state === 'off') await this.see('connection', { connection: 'offline' });
  }

  /** Runs a function in the page with this till's engine. */
  work<Argument, Result>(
    task: (engine: Engine, argument: Argument) => Promise<Result> | Result,
    argument: Argument,
  ): Promise<Result> {
    const call = `(argument) => (${task.toString()})(window.auraTills[${JSON.stringify(this.name)}], argument)`;
    return this.page.evaluate(`(${call})(${JSON.stringify(argument)})`);
  }
}
