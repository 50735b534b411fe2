import { bladeReconciler } from './blade.ts';
import { bmcReconciler } from './bmc.ts';
import { chassisReconciler } from './chassis.ts';
import { nodeReconciler } from './node.ts';
import { rackReconciler } from './rack.ts';
import { rackTemplateReconciler } from './rack-template.ts';

/** One level of the tree for each: a run makes at most 42 chassis, 16 blades, or 8 nodes and 8 BMCs. */
export const reconcilers = [
  rackTemplateReconciler,
  rackReconciler,
  chassisReconciler,
  bladeReconciler,
  bmcReconciler,
  nodeReconciler,
];
