import type { Choice } from './choices.ts';
import { type StoreOperation, showOperation } from './operation.ts';
import type { State } from './state.ts';
import { type Active, globalOperation, type Step } from './step.ts';
import type { World } from './world.ts';

/** A choice and its outcome in a few words, in the bucket's names of generations. */
export function showStep(world: World, state: State, choice: Choice, step: Step): string {
  const who = 'who' in choice ? `${world.tasks[choice.who]?.name} ` : '';
  const answered = step.carriedOut?.answer as { kind?: string } | undefined;
  const told = (step.reached?.node.told ?? [])
    .map((each) => (each.kind === 'began' ? `begins Process(${each.call.key})` : each.kind))
    .filter((each) => each !== 'journal');
  const after = told.length > 0 ? ` [${told.join(', ')}]` : '';
  switch (choice.kind) {
    case 'pass':
      return `${world.passMs / 1000} s pass`;
    case 'tick':
      return `${who}wakes${after}`;
    case 'time':
      return `${who}notices the time${after}`;
    case 'outcome':
      return `${who}is answered ${choice.outcome.kind} by the reconciler${after}`;
    case 'answer':
      return `${who}gets its slow answer${after}`;
    case 'late':
      return `late: ${showOperation(state.late[choice.index]?.operation as StoreOperation)}: ${answered?.kind}`;
    case 'request': {
      const operation = showOperation(globalOperation(state.actors[choice.who] as Active, choice.id));
      const came = answered ? (answered.kind ?? 'read') : step.carriedOut ? 'nothing' : '';
      return `${who}${operation}: ${came}${choice.fault ? ` (${choice.fault})` : ''}${after}`;
    }
    default:
      return choice satisfies never;
  }
}
