import { describe, expect, test } from 'vitest';
import { billed, hintDollars, runDollars, storageDollars } from '../../bench/prices.ts';
import { classify, noRequests, since, total } from '../../bench/requests.ts';

describe('what requests cost', () => {
  const counts = { ...noRequests(), insert: 1, rewrite: 1, patch: 1, list: 1, get: 2, delete: 10, refused: 5 };

  test('writes and listings are class A, reads class B, deletes and refusals free', () => {
    expect(billed(counts)).toEqual({ classA: 4, classB: 2 });
  });

  test('a multi-region doubles class A', () => {
    expect(storageDollars(counts, 'region') * 1e6).toBeCloseTo(20.8);
    expect(storageDollars(counts, 'multiRegion') * 1e6).toBeCloseTo(40.8);
  });

  test('a small message is billed as a thousand bytes, published and delivered', () => {
    expect(hintDollars(1e6)).toBeCloseTo(0.0728, 3);
  });

  test('a service is billed by the time of its CPU and by its requests', () => {
    expect(runDollars(3_600, 1e6)).toBeCloseTo(0.4864);
  });
});

describe('requests of the JSON API', () => {
  const objects = '/storage/v1/b/q/o';

  test('are told apart by method and path', () => {
    expect(classify('POST', `/upload${objects}`, 200)).toBe('insert');
    expect(classify('POST', `${objects}/queued%2Fk/rewriteTo/b/q/o/in-progress%2Fk`, 200)).toBe('rewrite');
    expect(classify('GET', objects, 200)).toBe('list');
    expect(classify('GET', `${objects}/control%2Fpause`, 200)).toBe('get');
    expect(classify('PATCH', `${objects}/k`, 200)).toBe('patch');
    expect(classify('DELETE', `${objects}/k`, 204)).toBe('delete');
  });

  test('that were refused are not billed, whatever they were', () => {
    expect(classify('POST', `/upload${objects}`, 412)).toBe('refused');
  });

  test('between two moments are their difference', () => {
    const before = { ...noRequests(), get: 2 };
    const between = since(before, { ...before, get: 5, list: 1 });
    expect(between.get).toBe(3);
    expect(total(between)).toBe(4);
  });
});
