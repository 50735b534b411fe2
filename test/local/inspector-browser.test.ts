import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { RunAction } from '../../local/inspector/actions.ts';
import { Rates } from '../../local/inspector/rates.ts';
import { startInspector } from '../../local/inspector/server.ts';
import { Stories } from '../../local/inspector/stories.ts';
import { META } from '../../queue/core/layout.ts';
import { ABSENT, type ObjectStore } from '../../queue/ports/object-store.ts';
import { Bucket } from '../../queue/stores/bucket.ts';
import { memoryStore } from '../../queue/stores/memory.ts';
import { systemClock } from '../../services/runtime/clock.ts';
import { chromiumPath, launchChromium } from '../support/chromium.ts';
import { freePort } from '../support/free-port.ts';

if (chromiumPath === undefined)
  console.log('skipped: the inspector in a browser (no Chromium; CHROMIUM_PATH names one)');

const HOSTILE = '<img src=x onerror="document.title=1">';
const REORDERED = 'pay\u202egnp.exe';

describe.skipIf(chromiumPath === undefined)('the inspector in a browser', () => {
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  beforeAll(async () => {
    browser = await launchChromium(chromiumPath as string);
  });
  afterAll(() => browser.close());

  async function opened(store: ObjectStore, act: RunAction, viewport = { width: 1280, height: 800 }): Promise<Page> {
    const port = await freePort();
    const stories = new Stories();
    stories.add({ event: 'key.failed', key: HOSTILE, error: '<script>document.title=2</script>' }, systemClock.now());
    const options = {
      port,
      store,
      clock: systemClock,
      stories,
      rates: new Rates(),
      addresses: [],
      concurrency: 4,
      act,
    };
    const server = await startInspector(options);
    const page = await browser.newPage({ viewport });
    onTestFinished(async () => {
      await page.close();
      await server[Symbol.asyncDispose]();
    });
    page.on('pageerror', (error) => expect.fail(String(error)));
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.waitForSelector('#group-dead');
    return page;
  }

  test('hostile keys and errors are shown as the text they are', async () => {
    const store = emptyStore();
    await store.put(`queued/${HOSTILE}`, { [META.lastError]: HOSTILE }, ABSENT);
    await store.put(`queued/${REORDERED}`, {}, ABSENT);
    const page = await opened(store, noAction);
    await page.locator('#group-eligible button', { hasText: '<img' }).click();
    await page.waitForSelector('#story:not([hidden])');
    expect(await page.locator('#story h2').textContent()).toBe(HOSTILE);
    expect(await page.locator('#story').textContent()).toContain('<script>');
    expect(await page.locator('#group-eligible').textContent()).toContain('pay\\u202egnp.exe');
    expect(await page.locator('img, script:not([src])').count()).toBe(0);
    expect(await page.title()).toBe('levelset inspector');
  });

  test('all is done from the keyboard: find a dead letter, read its story, redrive it', async () => {
    const store = emptyStore();
    for (const key of ['a', 'b']) await store.put(`queued/${key}`, {}, ABSENT);
    await store.put('dead-letter/poison', { [META.cause]: 'rejected', [META.lastError]: 'no such rack' }, ABSENT);
    const ran: (readonly string[])[] = [];
    const page = await opened(store, (args) => {
      ran.push(args);
      return Promise.resolve({ exitCode: 0, output: '' });
    });
    await page.keyboard.press('j');
    expect(await focused(page)).toBe('a');
    await page.keyboard.press('j');
    expect(await focused(page)).toBe('b');
    await page.keyboard.press('l');
    expect(await focused(page)).toBe('poison');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#story:not([hidden])');
    expect(await page.locator('#story').textContent()).toContain('dead: rejected by its reconciler: "no such rack"');
    await page.locator('[data-act=redrive]').press('Enter');
    await page.keyboard.type('rack is back');
    await page.locator('#dialog-command', { hasText: 'rack is back' }).waitFor();
    expect(await page.locator('#dialog-command').textContent()).toBe(
      `levelset dead redrive '--reason=rack is back' --yes -- poison`,
    );
    await page.keyboard.press('Enter');
    await page.locator('#dialog:not([open])').waitFor({ state: 'attached' });
    expect(ran).toEqual([['dead', 'redrive', '--reason=rack is back', '--yes', '--', 'poison']]);
    await page.keyboard.press('Escape');
    expect(await page.locator('#story').isHidden()).toBe(true);
  });

  test('what goes wrong with an action stays on the screen', async () => {
    const page = await opened(emptyStore(), () => Promise.resolve({ exitCode: 3, output: 'error: no bucket' }));
    await page.keyboard.press('p');
    await page.keyboard.type('deploy');
    await page.keyboard.press('Enter');
    await page.locator('#dialog-problem', { hasText: 'error: no bucket' }).waitFor();
  });

  test('nothing sticks out of a phone, nor of 1280 by 800', async () => {
    const store = emptyStore();
    await store.put(`dead-letter/${'long/'.repeat(100)}`, { [META.lastError]: 'x'.repeat(900) }, ABSENT);
    for (const viewport of [
      { width: 390, height: 844 },
      { width: 1280, height: 800 },
    ]) {
      const page = await opened(store, noAction, viewport);
      await page.locator('#group-dead button').first().click();
      await page.waitForSelector('#story:not([hidden])');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width);
    }
  });

  test('a key that moves is seen to move, without loading the page again', async () => {
    const store = emptyStore();
    await store.put('queued/mover', {}, ABSENT);
    const page = await opened(store, noAction);
    await page.locator('#group-eligible button', { hasText: 'mover' }).waitFor();
    const entry = await store.get('queued/mover');
    await store.delete('queued/mover', { generation: entry?.generation ?? '' });
    await store.put('in-progress/mover', { [META.attempts]: '1' }, ABSENT);
    await page.locator('#group-running button', { hasText: 'mover' }).waitFor();
    await page.locator('#group-eligible button', { hasText: 'mover' }).waitFor({ state: 'detached' });
  });
});

const noAction: RunAction = () => Promise.reject(new Error('not expected'));

const focused = (page: Page) => page.evaluate('document.activeElement.dataset.key');

function emptyStore(): ObjectStore {
  return memoryStore({ bucket: new Bucket({ clock: systemClock }), clock: systemClock });
}
