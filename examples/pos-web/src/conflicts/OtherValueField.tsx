import type { OrderType } from '@auraconnect/offline-sync';
import type { ReactNode } from 'react';
import { AREAS } from '../floor/places.ts';
import { useTill } from '../till/useTill.ts';

interface OtherValueFieldProps {
  /** The field of the order, as a path. */
  readonly field: string;
  readonly value: unknown;
  readonly labelId: string;
  readonly onChange: (value: unknown) => void;
}

const ORDER_TYPES: readonly { readonly value: OrderType; readonly name: string }[] = [
  { value: 'dine_in', name: 'At a table' },
  { value: 'takeaway', name: 'Takeaway' },
  { value: 'delivery', name: 'Delivery' },
];
const GUESTS_MAX = 9_999;

/** Where a person puts what is to stand instead of either value: a note is written, a table and a colleague are picked. */
export function OtherValueField({ field, value, labelId, onChange }: OtherValueFieldProps): ReactNode {
  const { staff } = useTill();
  const pick = { labelId, value: typeof value === 'string' ? value : '', onChange };
  switch (field) {
    case 'table_id': {
      const tables = AREAS.flatMap((area) => area.tables);
      return (
        <Pick {...pick} options={tables.map(({ tableId, label }) => ({ value: tableId, name: `Table ${label}` }))} />
      );
    }
    case 'server_id':
      return <Pick {...pick} options={staff.map(({ staffId, display }) => ({ value: staffId, name: display }))} />;
    case 'order_type':
      return <Pick {...pick} options={ORDER_TYPES} />;
    case 'guests':
      return (
        <input
          type="number"
          inputMode="numeric"
          className="field"
          min={1}
          max={GUESTS_MAX}
          aria-labelledby={labelId}
          data-testid="other-value"
          value={typeof value === 'number' ? value : ''}
          onChange={(event) => onChange(event.target.value === '' ? null : event.target.valueAsNumber)}
        />
      );
    default:
      return (
        <textarea
          className="field"
          rows={2}
          aria-labelledby={labelId}
          data-testid="other-value"
          value={typeof value === 'string' ? value : ''}
          onChange={(event) => onChange(event.target.value)}
        />
      );
  }
}

interface PickProps {
  readonly labelId: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly name: string }[];
  readonly onChange: (value: string) => void;
}

function Pick({ labelId, value, options, onChange }: PickProps): ReactNode {
  return (
    <select
      className="field"
      aria-labelledby={labelId}
      data-testid="other-value"
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.name}
        </option>
      ))}
    </select>
  );
}

/** Whether there is something to let stand. */
export function isGiven(value: unknown): boolean {
  return typeof value === 'string' ? value.trim() !== '' : typeof value === 'number' && value >= 1;
}
