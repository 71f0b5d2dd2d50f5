import type { Enrolment } from '@auraconnect/offline-sync';

/** Someone who may work a till. */
export interface StaffMember {
  readonly staffId: string;
  readonly display: string;
  readonly role: string;
  /** `false` for those who have left. */
  readonly active?: boolean;
  /** Whether they have a PIN; not known where nobody signs in. */
  readonly canSignIn?: boolean;
}

/** A till and what its device was given at enrolment. */
export interface DemoTill {
  readonly name: string;
  readonly enrolment: Enrolment;
}

/** What `npm start` hands to this page. A real app keeps the enrolment from the day the device was set up. */
export interface DemoTills {
  readonly tills: readonly DemoTill[];
  readonly staff: readonly StaffMember[];
  /** The PINs of the demo's people by staff id, there where its restaurant employs them. A real app has no such list. */
  readonly demoPins?: Readonly<Record<string, string>>;
}

const ADDRESS = '/demo-tills.json';
const KEPT_UNDER = 'aura-pos-demo-tills';

/** Asks the server, and falls back on the copy of the last visit. `null` when there is neither. */
export async function loadDemoTills(): Promise<DemoTills | null> {
  try {
    const reply = await fetch(ADDRESS, { headers: { accept: 'application/json' } });
    const text = await reply.text();
    const demo = reply.ok ? parseDemoTills(text) : null;
    if (demo) {
      localStorage.setItem(KEPT_UNDER, text);
      return demo;
    }
  } catch {
    // No server: the copy below is what makes a start without network possible.
  }
  const kept = localStorage.getItem(KEPT_UNDER);
  return kept === null ? null : parseDemoTills(kept);
}

function parseDemoTills(text: string): DemoTills | null {
  try {
    const parsed = JSON.parse(text) as Partial<DemoTills>;
    const complete =
      Array.isArray(parsed.tills) &&
      parsed.tills.length > 0 &&
      parsed.tills.every((till) => typeof till.name === 'string' && typeof till.enrolment?.deviceToken === 'string') &&
      Array.isArray(parsed.staff);
    return complete ? (parsed as DemoTills) : null;
  } catch {
    return null;
  }
}

/** `ten_saltmarsh` reads `Saltmarsh`. */
export function readableId(id: string): string {
  const words = id.replace(/^[a-z]+_/, '').replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
