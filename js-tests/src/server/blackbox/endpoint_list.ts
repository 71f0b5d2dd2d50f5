/** The endpoints that the server is documented to have, read from the table in docs/protocol.md. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const document = fileURLToPath(new URL('../../../../docs/protocol.md', import.meta.url));

/** As `POST /sync/orders`, without queries, sorted. */
export async function documentedEndpoints(): Promise<string[]> {
  const [, section] = (await readFile(document, 'utf8')).split(/^## Endpoints$/m);
  const table = section?.split(/^## /m)[0] ?? '';
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  assert.ok(rows.length > 0, 'the table of endpoints is found');
  return rows.flatMap((row) => endpointsIn(row.split('|')[1] ?? '')).sort();
}

/**
 * The endpoints of one cell: `METHOD /path`, `METHOD, METHOD /path`, and a mere `/end` behind one, which stands for the same
 * path with another last part.
 */
function endpointsIn(cell: string): string[] {
  const found: string[] = [];
  let [methods, path] = [[] as string[], ''];
  for (const [, span = ''] of cell.matchAll(/`([^`]+)`/g)) {
    const read = /^(?:([A-Z]+(?:, ?[A-Z]+)*) )?(\/[^?]*)(?:\?.*)?$/.exec(span);
    assert.ok(read, `'${span}' is no endpoint`);
    const [, spoken, said = ''] = read;
    if (spoken !== undefined) [methods, path] = [spoken.split(/, ?/), said];
    else path = path.replace(/\/[^/]*$/, said);
    found.push(...methods.map((method) => `${method} ${path}`));
  }
  return found;
}

/** The endpoints that the server itself says it has, sorted; nothing where it says none. */
export async function servedEndpoints(url: string): Promise<string[] | undefined> {
  const answer = await fetch(`${url}/openapi.json`);
  const text = await answer.text();
  if (answer.status === 404) return undefined;
  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, unknown>> };
  const methods = new Set(['get', 'post', 'put', 'patch', 'delete']);
  return Object.entries(paths)
    .flatMap(([path, operations]) =>
      Object.keys(operations)
        .filter((method) => methods.has(method))
        .map((method) => `${method.toUpperCase()} ${path}`),
    )
    .sort();
}
