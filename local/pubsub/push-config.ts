import { type Answer, answered, refused } from './answer.ts';
import type { WirePushConfig } from './wire.ts';

/** Where and in which shape a subscription pushes. */
export interface Push {
  readonly endpoint: string;
  /** Kept for the caller; the only format spoken is v1. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly oidc: OidcIdentity | undefined;
  /** Wrapped: the message as JSON. Unwrapped: its data as the body, with its metadata in headers or without. */
  readonly shape: 'wrapped' | 'unwrapped' | 'unwrapped-with-metadata';
}

/** Whom the endpoint is told the push comes from. */
export interface OidcIdentity {
  readonly serviceAccount: string;
  readonly audience: string;
}

/** An empty config, or one without an endpoint, means pull (pubsub.proto, `ModifyPushConfigRequest`). */
export function parsePush(wire: WirePushConfig | null): Answer<Push | undefined> {
  if (wire === null || wire.pushEndpoint === '') return answered(undefined);
  const url = URL.canParse(wire.pushEndpoint) ? new URL(wire.pushEndpoint) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    return refused('INVALID_ARGUMENT', `push_endpoint is not an http(s) URL: got=${wire.pushEndpoint}`);
  }
  const { noWrapper, oidcToken } = wire;
  const unwrapped = noWrapper?.writeMetadata === true ? 'unwrapped-with-metadata' : 'unwrapped';
  return answered({
    endpoint: wire.pushEndpoint,
    attributes: wire.attributes,
    oidc: oidcToken
      ? { serviceAccount: oidcToken.serviceAccountEmail, audience: oidcToken.audience || wire.pushEndpoint }
      : undefined,
    shape: noWrapper ? unwrapped : 'wrapped',
  });
}

/** Null for a pull subscription. */
export function wirePush(push: Push | undefined): WirePushConfig | null {
  if (push === undefined) return null;
  return {
    pushEndpoint: push.endpoint,
    attributes: push.attributes,
    ...(push.oidc && { oidcToken: { serviceAccountEmail: push.oidc.serviceAccount, audience: push.oidc.audience } }),
    ...(push.shape === 'wrapped'
      ? { pubsubWrapper: {} }
      : { noWrapper: { writeMetadata: push.shape === 'unwrapped-with-metadata' } }),
  };
}
