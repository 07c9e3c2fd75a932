// RUN: gac-translate --gac-to-manifest %s | tr -d ' \n' | FileCheck %s
// RUN: rm -rf %t.gacpkg && gac-translate --gac-to-package %s -o %t.gacpkg
// RUN: gac-run %t.gacpkg --list | FileCheck %s --check-prefix=LIST

// What callers know of wider inputs, outputs and caches, as a pad's runs: to,
// from, count.

// LIST: input  x: bf16 [3, 14], padded to [3, 16]
// LIST: output y: bf16 [3, 16]
// LIST: cache past: bf16 [2, 8, 14], padded to [2, 8, 16] (grows into present), 8 positions

// CHECK: "name":"x","kind":"input","dtype":"bf16","shape":[3,16],"lanes":{"axes":{{\[\[\[0,0,3\]\],\[\[0,0,7\],\[8,7,7\]\]\]}},"shape":[3,14]}},
// CHECK-SAME: "name":"y","kind":"output","dtype":"bf16","shape":[3,16]},
// CHECK-SAME: "name":"past","kind":"cache","dtype":"bf16","shape":[2,8,16],"lanes":{"axes":{{\[\[\[0,0,2\]\],\[\[0,0,8\]\],\[\[0,0,14\]\]\]}},"shape":[2,8,14]}}
module attributes {gac_cuda.dtype = "bf16"} {
  gac_cuda.tensor input @x "x" : tensor<3x16xbf16> {lanes = [unit, #gac.lanes<16 : 0 to 0 by 7, 7 to 8 by 7>]}
  gac_cuda.tensor output @y "y" : tensor<3x16xbf16>
  gac_cuda.tensor cache @past "past" : tensor<2x8x16xbf16> {output = "present", axis = 1 : i64, lanes = [unit, unit, #gac.lanes<16 : 0 to 0 by 14>]}
  gac_cuda.entry @main dims {} inputs [@x] outputs [@y] {
    %x = gac_cuda.get @x : memref<3x16xbf16>
    %y = gac_cuda.get @y : memref<3x16xbf16>
    gac_cuda.copy %x to %y cost <movement, flops = 0, bytes = 192, picoseconds = 1> : memref<3x16xbf16>, memref<3x16xbf16>
  }
}
