// RUN: gac-opt %s --split-input-file --verify-diagnostics --gac-schedule

func.func @stale(%rows: tensor<1x2x1x8xbf16> {gac.name = "rows"}, %k: tensor<1x2x9x8xbf16> {gac.name = "past", gac_cuda.cache = {output = "present", axis = 2 : i64, append = 1 : i64}}) -> (tensor<1x2x9x8xbf16> {gac.name = "old"}) attributes {gac_cuda.entry = "stale"} {
  // expected-error @below {{updates a tensor in place that is read afterwards}}
  %0 = gac_cuda.append ins(%rows : tensor<1x2x1x8xbf16>) outs(%k : tensor<1x2x9x8xbf16>) -> tensor<1x2x9x8xbf16>
  return %k : tensor<1x2x9x8xbf16>
}

// -----

// expected-error @below {{argument 0 has no name}}
func.func @nameless(%x: tensor<8xbf16>) -> (tensor<8xbf16> {gac.name = "y"}) attributes {gac_cuda.entry = "nameless"} {
  return %x : tensor<8xbf16>
}

// -----

// expected-error @below {{argument 'past': gac_cuda.cache needs an output, an axis and a number of rows to append}}
func.func @half(%x: tensor<8xbf16> {gac.name = "past", gac_cuda.cache = {output = "present"}}) attributes {gac_cuda.entry = "half"} {
  return
}
