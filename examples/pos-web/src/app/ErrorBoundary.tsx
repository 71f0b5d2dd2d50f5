import { Component, type ReactNode } from 'react';

interface Props {
  readonly children: ReactNode;
  readonly show: (error: unknown) => ReactNode;
}

interface State {
  readonly failure: { readonly error: unknown } | null;
}

/** Shows a failure instead of a blank page. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { failure: null };

  static getDerivedStateFromError(error: unknown): State {
    return { failure: { error } };
  }

  override render(): ReactNode {
    const { failure } = this.state;
    return failure ? this.props.show(failure.error) : this.props.children;
  }
}
