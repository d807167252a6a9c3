import { ops, type Tape, type Variable } from "@convscope/autograd";
import { type LayerOptions, MergeLayer, type Shape } from "../layer.ts";

/** The sum of tensors of one shape: the smallest layer of several inputs. */
export class Sum extends MergeLayer {
  readonly className = "Add";
  constructor(options: LayerOptions = {}) {
    super("Add", options);
  }
  protected override computeMergedShape([first]: readonly Shape[]): Shape {
    return first;
  }
  protected override callMerged(tape: Tape, xs: readonly Variable[]): Variable {
    return xs.reduce((sum, x) => tape.apply(ops.add, [sum, x], undefined));
  }
}
