import { defineKind } from 'levelset/resources';
import { z } from 'zod';

/** What Go takes for a required string: one that is not empty. */
const required = z.string().min(1);
const optional = z.string().optional();
const uids = z.array(z.string()).default([]);
const total = z.int().min(0).default(0);
const powerState = z.enum(['On', 'Off', 'Unknown']).default('Unknown');
const health = z.enum(['OK', 'Warning', 'Critical', 'Unknown']).default('Unknown');
/** Template and generation that what is below was last brought to. */
const observedTemplate = z.string().optional();

/** Largest numbers of a template: 42 chassis of 16 blades of 8 nodes. */
export const RackTemplate = defineKind({
  kind: 'RackTemplate',
  prefix: 'rktmpl',
  description: 'What racks are built like',
  spec: z.object({
    chassisCount: z.int().min(1).max(42),
    chassisConfig: z.strictObject({
      bladeCount: z.int().min(1).max(16),
      bladeConfig: z.strictObject({
        nodeCount: z.int().min(1).max(8),
        bmcMode: z.enum(['shared', 'dedicated']).describe('one BMC for each blade, or for each node'),
      }),
    }),
    description: optional,
  }),
  status: z.object({ usageCount: total.describe('racks that refer to it') }),
  history: true,
});

export const Rack = defineKind({
  kind: 'Rack',
  prefix: 'rack',
  description: 'A rack, built as its template says',
  spec: z.object({
    templateUID: required,
    location: z.string().default(''),
    datacenter: optional,
    row: optional,
    position: optional,
  }),
  status: z.object({
    phase: z.enum(['Pending', 'Provisioning', 'Ready', 'Error']).default('Pending'),
    chassisUIDs: uids,
    totalChassis: total,
    totalBlades: total,
    totalNodes: total,
    totalBMCs: total,
    observedTemplateUID: optional,
    observedTemplateGeneration: z.int().optional(),
  }),
  index: { templateUID: (spec) => spec.templateUID },
});

export const Chassis = defineKind({
  kind: 'Chassis',
  prefix: 'chas',
  description: 'A chassis with blades',
  spec: z.object({ rackUID: required, chassisNumber: z.int().min(0), model: optional, serialNumber: optional }),
  status: z.object({
    bladeUIDs: uids,
    totalNodes: total,
    totalBMCs: total,
    observedTemplate,
    powerState,
    health,
  }),
});

export const Blade = defineKind({
  kind: 'Blade',
  prefix: 'blade',
  description: 'A blade with nodes and the controllers that manage them',
  spec: z.object({ chassisUID: required, bladeNumber: z.int().min(0), model: optional, serialNumber: optional }),
  status: z.object({
    nodeUIDs: uids,
    bmcUIDs: uids,
    nodesOfBMC: z
      .record(z.string(), z.array(z.string()))
      .default({})
      .describe('UIDs of nodes, by the BMC that manages them'),
    observedTemplate,
    powerState,
    health,
  }),
});

export const BMC = defineKind({
  kind: 'BMC',
  prefix: 'bmc',
  description: 'A baseboard management controller',
  spec: z.object({ bladeUID: required, ipAddress: optional, macAddress: optional, firmwareVersion: optional }),
  status: z.object({ managedNodeUIDs: uids, reachable: z.boolean().default(false), health }),
});

export const Node = defineKind({
  kind: 'Node',
  prefix: 'node',
  description: 'A compute node',
  spec: z.object({
    bladeUID: required,
    bmcUID: optional,
    nodeNumber: z.int().min(0).max(7),
    cpuModel: optional,
    cpuCount: z.int().min(0).optional(),
    memoryGB: z.int().min(0).optional(),
  }),
  status: z.object({
    powerState,
    bootState: z.enum(['Booting', 'Ready', 'Off', 'Unknown']).default('Unknown'),
    health,
  }),
});

export const kinds = [RackTemplate, Rack, Chassis, Blade, BMC, Node];
