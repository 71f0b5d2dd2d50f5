import '../ui/pick.css';
import { ChevronRight, Search } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { placeName } from '../floor/places.ts';
import { useTill } from '../till/useTill.ts';

/** “What happened to B-0042?” */
export function TicketSearch({ onJourney }: { readonly onJourney: (orderId: string) => void }): ReactNode {
  const { store } = useTill();
  const [typed, setTyped] = useState('');
  const found = store.findTickets(typed);
  return (
    <section className="ticket-search" aria-label="What happened to a ticket?">
      <h3>What happened to a ticket?</h3>
      <div className="ticket-search__field">
        <Search aria-hidden="true" />
        <input
          type="search"
          className="field"
          aria-label="Ticket number"
          placeholder="Ticket number, e.g. 42"
          autoComplete="off"
          data-testid="ticket-search"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      <ul aria-live="polite">
        {found.map((order) => (
          <li key={order.orderId}>
            <button
              type="button"
              className="ticket-search__found"
              data-testid={`found-${order.ticketNo}`}
              onClick={() => onJourney(order.orderId)}
            >
              <strong>{order.ticketNo}</strong>
              <span>{placeName(order)}</span>
              <ChevronRight aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
      {typed.trim() !== '' && found.length === 0 && <p>No such ticket on this till.</p>}
    </section>
  );
}
