import type { Census, Counted } from '../../queue/core/census.ts';
import { parseOwner } from '../../queue/core/lease.ts';
import { DEFAULT_LOCK, isLapsed } from '../../queue/core/lock.ts';
import { formatMoment, formatSpan } from '../../queue/core/span.ts';
import { bad, fine, type Finding } from './finding.ts';

/** An eligible key that no dispatcher has taken up by then: ticks come every minute. */
const UNSEEN_MS = 150_000;
/** Examples that are named. */
const MOST_NAMED = 3;

/** Remembers of a census what findings name. */
export class CensusNotes {
  readonly malformed: string[] = [];
  readonly foreignOwners = new Set<string>();
  deadAndUnseen = 0;

  add({ object, problems, standing, entry }: Counted): void {
    if (problems[0] !== undefined && this.malformed.length < MOST_NAMED)
      this.malformed.push(`${object.name}: ${problems[0]}`);
    if (standing === 'running' && (entry.owner === undefined || !parseOwner(entry.owner))) {
      if (this.foreignOwners.size < MOST_NAMED) this.foreignOwners.add(entry.owner ?? '(none)');
    }
  }
}

/** What a census says about the health of the queue. Pure. */
export function judgeCensus(census: Census, notes: CensusNotes, regions: readonly string[]): Finding[] {
  return [
    judgePause(census),
    judgeDispatchers(census),
    ...judgeLeases(census, notes),
    judgeDead(census),
    judgeNames(census),
    judgeMetadata(census, notes),
    ...judgeRegions(census, regions),
  ];
}

function judgePause({ pause, takenMs }: Census): Finding {
  if (!pause) return fine('pause', 'the queue is not paused');
  const who = pause.by === undefined ? '' : ` by ${pause.by}`;
  const why = pause.reason === undefined ? '' : `: ${pause.reason}`;
  const end = pause.untilMs === undefined ? 'without end' : `until ${formatMoment(pause.untilMs, takenMs)}`;
  return bad('pause', `the queue is paused ${end}${who}${why}`, 'levelset resume, when the reason is gone');
}

function judgeDispatchers({ holders, counts, oldestEligibleMs, takenMs, pause }: Census): Finding {
  const check = 'dispatchers';
  const working = holders.filter((holder) => !isLapsed(holder, takenMs, DEFAULT_LOCK));
  const unseenMs = oldestEligibleMs === undefined ? 0 : takenMs - oldestEligibleMs;
  if (working.length > 0) {
    return fine(check, `at work: ${working.map(({ region, leases }) => `${region} with ${leases} leases`).join(', ')}`);
  }
  if (counts.eligible > 0 && unseenMs > UNSEEN_MS && !pause) {
    return bad(
      check,
      `${counts.eligible} keys are eligible, the oldest for ${formatSpan(unseenMs)}, and no dispatcher is at work`,
      'see whether Cloud Scheduler publishes its tick, the push subscriptions deliver it (next check), and the dispatcher starts: its log names the error',
    );
  }
  return fine(
    check,
    counts.eligible > 0 && !pause ? 'none at work yet; the next tick wakes one' : 'none at work, and nothing to do',
  );
}

function judgeLeases({ holders, owners, takenMs }: Census, notes: CensusNotes): Finding[] {
  const findings: Finding[] = [];
  const lapsed = holders.filter((holder) => isLapsed(holder, takenMs, DEFAULT_LOCK));
  if (lapsed.length > 0) {
    const named = lapsed
      .map(({ region, expiresMs }) => `${region} since ${formatMoment(expiresMs, takenMs)}`)
      .join(', ');
    findings.push(
      bad(
        'locks',
        `a dispatcher was lost: its lock has lapsed: ${named}`,
        'nothing within two minutes: the next tick recovers it. Later: see why no dispatcher starts in that region',
      ),
    );
  } else findings.push(fine('locks', 'no lock has lapsed'));
  const known = new Set(holders.map(({ region, generation }) => `${region}/${generation}`));
  let orphans = 0;
  for (const [owner, count] of owners) if (parseOwner(owner) && !known.has(owner)) orphans += count;
  findings.push(
    orphans === 0
      ? fine('leases', 'every lease has a holder')
      : bad(
          'leases',
          `${orphans} leases have no holder any more`,
          'nothing within two minutes: the next tick gives them back',
        ),
  );
  findings.push(
    notes.foreignOwners.size === 0
      ? fine('owners', 'no lease is of another kind of dispatcher')
      : bad(
          'owners',
          `leases of other dispatchers than Levelset's: ${[...notes.foreignOwners].join(', ')}`,
          'stop the other dispatcher: two kinds on one bucket lose keys. Its leases are recovered when they have expired',
        ),
  );
  return findings;
}

function judgeDead({ counts, oldestDeadMs, takenMs }: Census): Finding {
  if (counts.dead === 0) return fine('dead letters', 'there are none');
  const oldest = oldestDeadMs === undefined ? '' : `, the oldest for ${formatSpan(takenMs - oldestDeadMs)}`;
  return bad(
    'dead letters',
    `${counts.dead} keys were given up${oldest}`,
    'levelset dead ls --by-reason, mend the cause, then levelset dead redrive --error TEXT',
  );
}

function judgeNames({ foreign, foreignNames }: Census): Finding {
  if (foreign === 0) return fine('names', 'every object below our prefixes is a key');
  return bad(
    'names',
    `${foreign} objects have names that are no keys, and are never started: ${foreignNames.map((name) => JSON.stringify(name)).join(', ')}`,
    'find out who writes them, then delete them: gcloud storage rm',
  );
}

function judgeMetadata({ malformed }: Census, notes: CensusNotes): Finding {
  if (malformed === 0) return fine('metadata', 'all of it parses');
  return bad(
    'metadata',
    `${malformed} entries have metadata that does not parse, and are read as if it were not there: ${notes.malformed.join('; ')}`,
    'find out who writes it; nothing else has to be done, the next run rewrites it',
  );
}

function judgeRegions({ holders }: Census, regions: readonly string[]): Finding[] {
  const strange = holders.filter(({ region }) => regions.length > 0 && !regions.includes(region));
  if (strange.length === 0) return [];
  const names = strange.map(({ region }) => region).join(', ');
  return [
    bad(
      'regions',
      `dispatchers are at work in regions that are not configured here: ${names}`,
      'give every service and this command the same LEVELSET_REGIONS: hints go to the wrong regions, and the limit does not hold',
    ),
  ];
}
