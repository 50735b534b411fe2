import { CloudEvent } from 'cloudevents';
import { expect, test } from 'vitest';
import { matchesType } from '../../../resources/events/pattern.ts';
import { keysOf, subscribe } from '../../../resources/events/subscriptions.ts';

test.for([
  ['io.fabrica.rack.created', 'io.fabrica.rack.created', true],
  ['io.fabrica.rack.created', 'io.fabrica.rack.updated', false],
  ['io.fabrica.*.created', 'io.fabrica.rack.created', true],
  ['io.fabrica.*', 'io.fabrica.rack.created', false],
  ['io.fabrica.**', 'io.fabrica.rack.created', true],
  ['io.fabrica.**', 'io.fabrica', true],
  ['io.fabrica.**', 'io.other', false],
  ['**', 'anything.at.all', true],
  ['io.*.rack.**', 'io.fabrica.rack', true],
  ['io.fabrica.rac', 'io.fabrica.rack', false],
] as const)('%s matches %s: %s', ([pattern, type, matches]) => {
  expect(matchesType(pattern, type)).toBe(matches);
});

test('an event leads to the keys of all subscriptions that it matches, each once', () => {
  const subscriptions = [
    subscribe('io.fabrica.**', ({ subject }) => [subject ?? '']),
    subscribe('io.fabrica.rack.*', ({ subject }) => [subject ?? '', 'RackTemplate/rktmpl-00000001']),
    subscribe('io.other.**', () => ['Other/other-00000001']),
  ];
  const event = new CloudEvent({
    id: '1',
    source: 's',
    type: 'io.fabrica.rack.created',
    subject: 'Rack/rack-00000001',
  });
  expect(keysOf(subscriptions, event)).toEqual(['Rack/rack-00000001', 'RackTemplate/rktmpl-00000001']);
});
