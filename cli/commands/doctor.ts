import { CensusTaker } from '../../queue/census.ts';
import { QueueError } from '../../queue/errors.ts';
import type { CliCommand } from '../command.ts';
import { bad, type Finding, fine, skipped } from '../doctor/finding.ts';
import { CensusNotes, judgeCensus } from '../doctor/judge-census.ts';
import { judgeBucket, judgeTopic } from '../doctor/judge-facts.ts';
import { probeBucket } from '../doctor/probe-bucket.ts';
import { EXIT } from '../exit-code.ts';
import { describeTarget, type Target } from '../target.ts';
import { plain, safeJson } from '../terminal-text.ts';

export const doctor: CliCommand = {
  name: 'doctor',
  summary: 'look for what is wrong, and say how to mend it; exits with 1 when something is',
  arguments: '',
  options: [
    {
      flags: '--read-only',
      description: 'write nothing: leaves out the checks of conditional writes and of the clock',
    },
  ],
  notes: [
    'Checks the bucket (reachable, conditional writes, settings that cost or lose keys), your permissions, the clock, the hint topic and',
    'its subscriptions, locks, leases without a holder, other dispatchers, names and metadata that do not parse, the pause, dead letters.',
  ],
  examples: ['levelset doctor', 'levelset doctor --json'],
  async run(context) {
    const { print, format, flags } = context;
    const target = await context.open();
    const findings = await examine(target, flags.on('read-only'));
    const wrong = findings.filter(({ level }) => level === 'bad').length;
    if (format === 'jsonl') for (const finding of findings) print(safeJson(finding));
    else if (format === 'json') print(safeJson({ target: describeTarget(target.settings), wrong, findings }));
    else {
      print(plain(describeTarget(target.settings)));
      for (const finding of findings) {
        print(`${MARK[finding.level]}  ${plain(`${finding.check}: ${finding.says}`)}`);
        if (finding.level === 'bad') print(`      to mend it: ${plain(finding.fix)}`);
      }
      print(wrong === 0 ? 'nothing is wrong' : `${wrong} of ${findings.length} checks found something`);
    }
    return wrong === 0 ? EXIT.ok : EXIT.bad;
  },
};

const MARK = { ok: 'ok  ', bad: 'BAD ', skipped: '--  ' } as const;

async function examine(target: Target, readOnly: boolean): Promise<Finding[]> {
  const { settings, context, facts, publish } = target;
  const notes = new CensusNotes();
  const findings: Finding[] = [];
  // Without a listing nothing else can be told: then it is this error that the operator gets, and exit code 3.
  const census = await new CensusTaker(context).take((counted) => notes.add(counted));
  findings.push(fine('bucket', 'can be listed'));
  findings.push(...(await attempt('bucket settings', async () => judgeBucket(await facts.bucket()))));
  if (readOnly) findings.push(skipped('conditional writes', 'not tried: --read-only'));
  else
    findings.push(
      ...(await attempt('writes', () => probeBucket(target), 'you need roles/storage.objectUser on the bucket')),
    );
  if (publish && settings.topic !== undefined) {
    const { topic, regions } = settings;
    findings.push(...(await attempt('topic', async () => judgeTopic(await facts.topic(), topic, regions))));
    if (regions.length === 0) {
      findings.push(
        bad(
          'regions',
          'no region is configured here',
          'set LEVELSET_REGIONS, so that add and redrive can tell the right dispatcher',
        ),
      );
    }
  } else {
    findings.push(
      bad(
        'topic',
        'no hint topic is configured here: what this command queues waits for a sweep, up to a minute',
        'set LEVELSET_PROJECT, LEVELSET_TOPIC and LEVELSET_REGIONS, or write them into the profiles file',
      ),
    );
  }
  findings.push(...judgeCensus(census, notes, settings.regions));
  return findings;
}

/** A check that cannot be made is a finding, if it says what to do; otherwise it is passed over. */
async function attempt(check: string, examineIt: () => Promise<Finding[]>, fix?: string): Promise<Finding[]> {
  try {
    return await examineIt();
  } catch (error) {
    const says = `could not be checked: ${error instanceof Error ? error.message : String(error)}`;
    if (fix !== undefined && error instanceof QueueError) return [bad(check, says, fix)];
    return [skipped(check, says)];
  }
}
