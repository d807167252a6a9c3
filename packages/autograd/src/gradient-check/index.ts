export { gradientCases } from "./gradient-cases.ts";
export {
  type Derivative,
  type GradientCase,
  type GradientInput,
  type GradientReport,
  gradientCheck,
} from "./gradient-check.ts";
