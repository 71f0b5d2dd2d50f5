/** What listeners hear. `orders` names what changed; read it with `engine.orders.get`. */
export type EngineEvent =
  | { readonly type: 'orders_changed'; readonly orderIds: readonly string[] }
  /** A conflict came, was decided, or is on its way to being so. */
  | { readonly type: 'conflicts_changed' }
  | { readonly type: 'menu_changed' }
  /** Punches, drawers, the 86 list or the audit look different now. */
  | { readonly type: 'shifts_changed' }
  | { readonly type: 'status_changed' }
  /** Something in the store cannot be read; `status().storage` says what. The rest is in use. */
  | { readonly type: 'storage_damaged' };
