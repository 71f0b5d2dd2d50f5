import type { ReactNode } from 'react';
import { approvers } from '../staff/names.ts';
import { useTill } from '../till/useTill.ts';
import { Sheet } from '../ui/Sheet.tsx';
import type { ApprovalAsked } from './Approvals.ts';
import { ApprovalForm } from './ApprovalForm.tsx';

const USUAL_REASONS = ['Entered wrongly', 'Guest changed their mind', 'Kitchen mistake'] as const;

/** Over whatever gave the command: somebody with the right to it stands beside whoever lacks it. */
export function ApprovalSheet({ asked }: { readonly asked: ApprovalAsked }): ReactNode {
  const session = useTill();
  return (
    <Sheet
      title={asked.what}
      subtitle="This takes somebody’s approval, for this once."
      size="large"
      testId="approval-sheet"
      onClose={asked.cancel}
    >
      <ApprovalForm
        people={approvers(session.staff, session.staffId)}
        usualReasons={USUAL_REASONS}
        action="Approve it"
        onApprove={asked.give}
      />
    </Sheet>
  );
}
