import { type ReactNode, useId } from 'react';

/** One row: its name, and what stands under each column. */
export interface Row {
  readonly key: string;
  readonly name: string;
  readonly cells: readonly string[];
  /** A sum of rows above it. */
  readonly sum?: boolean;
  /** What tests find it by. */
  readonly minor?: number;
}

interface FigureTableProps {
  readonly title: string;
  /** What the rows are, then what each column holds. */
  readonly columns: readonly [string, ...string[]];
  readonly rows: readonly Row[];
  readonly testId: string;
  /** Stands instead of a table without rows. */
  readonly empty?: string;
  /** The same numbers as a picture. */
  readonly picture?: ReactNode;
}

/** Numbers by name, for a screen, a screen reader and paper. */
export function FigureTable({ title, columns, rows, testId, empty, picture }: FigureTableProps): ReactNode {
  const titleId = useId();
  return (
    <section
      className="report-table"
      data-picture={picture !== undefined}
      aria-labelledby={titleId}
      data-testid={testId}
    >
      <h3 id={titleId}>{title}</h3>
      {rows.length > 0 && picture}
      {rows.length === 0 && empty !== undefined ? (
        <p className="report-table__empty">{empty}</p>
      ) : (
        <table aria-labelledby={titleId}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ key, name, cells, sum = false, minor }) => (
              <tr key={key} data-sum={sum} data-row={key} data-minor={minor}>
                <th scope="row">{name}</th>
                {cells.map((cell, place) => (
                  <td key={columns[place + 1]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
