import type { ReactNode } from 'react';
import { ApprovalSheet } from '../approval/ApprovalSheet.tsx';
import { VoidSheet } from '../bill/VoidSheet.tsx';
import { ConflictInbox } from '../conflicts/ConflictInbox.tsx';
import { DrawerSheet } from '../drawer/DrawerSheet.tsx';
import type { DrawerAct } from '../drawer/words.ts';
import { SaveUnsentSheet } from '../handover/SaveUnsentSheet.tsx';
import { TakeOverSheet } from '../handover/TakeOverSheet.tsx';
import { ModifierSheet } from '../menu/ModifierSheet.tsx';
import { PaymentSheet } from '../payment/PaymentSheet.tsx';
import { SyncCentreSheet } from '../sync-centre/SyncCentreSheet.tsx';
import { AmendSheet } from '../time-clock/AmendSheet.tsx';
import { ClockOutSheet } from '../time-clock/ClockOutSheet.tsx';
import type { PunchOfCard } from '../time-clock/words.ts';
import { useApprovalAsked, useTill } from './useTill.ts';

/** The dialog that lies over the till. */
export type OpenSheet =
  | { readonly kind: 'modifiers'; readonly orderId: string; readonly itemId: string }
  | { readonly kind: 'void'; readonly orderId: string; readonly lineId: string }
  | { readonly kind: 'payment'; readonly orderId: string }
  | { readonly kind: 'sync_centre'; readonly orderId?: string }
  | { readonly kind: 'conflicts'; readonly conflictId?: string }
  | { readonly kind: 'drawer'; readonly act: DrawerAct }
  | { readonly kind: 'amend'; readonly punch: PunchOfCard }
  | { readonly kind: 'save_unsent' | 'take_over' | 'clock_out' };

interface TillSheetsProps {
  readonly sheet: OpenSheet | null;
  readonly onSheet: (sheet: OpenSheet | null) => void;
}

/** The open dialog, and over it the approval that a command of it may need. */
export function TillSheets({ sheet, onSheet }: TillSheetsProps): ReactNode {
  const asked = useApprovalAsked(useTill());
  return (
    <>
      <div className="till__sheets" inert={asked !== null}>
        <Opened sheet={sheet} onSheet={onSheet} />
      </div>
      {asked && <ApprovalSheet asked={asked} />}
    </>
  );
}

function Opened({ sheet, onSheet }: TillSheetsProps): ReactNode {
  const close = (): void => onSheet(null);
  switch (sheet?.kind) {
    case undefined:
      return null;
    case 'modifiers':
      return <ModifierSheet orderId={sheet.orderId} itemId={sheet.itemId} onClose={close} />;
    case 'void':
      return <VoidSheet orderId={sheet.orderId} lineId={sheet.lineId} onClose={close} />;
    case 'payment':
      return <PaymentSheet orderId={sheet.orderId} onClose={close} />;
    case 'sync_centre':
      return (
        <SyncCentreSheet
          orderId={sheet.orderId}
          onClose={close}
          onConflicts={() => onSheet({ kind: 'conflicts' })}
          onSaveUnsent={() => onSheet({ kind: 'save_unsent' })}
          onTakeOver={() => onSheet({ kind: 'take_over' })}
        />
      );
    case 'conflicts':
      return <ConflictInbox conflictId={sheet.conflictId} onClose={close} />;
    case 'drawer':
      return <DrawerSheet act={sheet.act} onClose={close} />;
    case 'amend':
      return <AmendSheet punch={sheet.punch} onClose={close} />;
    case 'clock_out':
      return <ClockOutSheet onClose={close} />;
    case 'save_unsent':
      return <SaveUnsentSheet onClose={close} />;
    case 'take_over':
      return <TakeOverSheet onClose={close} />;
  }
}
