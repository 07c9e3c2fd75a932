// The folder: what is in it, what replaces what, and what is left after an
// error.

// RUN: rm -rf %t && mkdir %t
// RUN: env NVCC=%S/Inputs/nvcc.sh gac-translate --gac-to-package %s -o %t/p.gacpkg --arch=sm_90a,sm_80
// RUN: cd %t && ls . p.gacpkg | FileCheck %s --check-prefix=FILES
// RUN: FileCheck %s --check-prefix=CUBINS < %t/p.gacpkg/manifest.json
// RUN: gac-run %t/p.gacpkg --list | FileCheck %s --check-prefix=LIST
// RUN: %python %S/Inputs/read_weights.py %t/p.gacpkg/weights.safetensors | FileCheck %s --check-prefix=WEIGHTS

// As any other folder: for others to read.
// RUN: mkdir %t/folder && ls -ld %t/folder %t/p.gacpkg | cut -c1-10 | uniq | count 1
// RUN: rmdir %t/folder

// FILES: .:
// FILES-NEXT: p.gacpkg
// FILES-EMPTY:
// FILES-NEXT: p.gacpkg:
// FILES-NEXT: kernels.cu
// FILES-NEXT: kernels.sm_80.cubin
// FILES-NEXT: kernels.sm_90a.cubin
// FILES-NEXT: manifest.json
// FILES-NEXT: weights.safetensors
// FILES-NOT: {{.}}

// CUBINS: "cubins": {
// CUBINS-NEXT: "sm_80": "kernels.sm_80.cubin",
// CUBINS-NEXT: "sm_90a": "kernels.sm_90a.cubin"

// LIST: entry run: 0 operations

// Wide elements first, then in the module's order; aligned without gaps.
// WEIGHTS: data at 4096
// WEIGHTS-NEXT: i I64 [2] 0: 7 -1
// WEIGHTS-NEXT: f F32 [1] 16: 1.5
// WEIGHTS-NEXT: padded BF16 [2, 4] 20: 1.0 2.0 0.0 3.0 4.0 5.0 0.0 6.0
// WEIGHTS-NEXT: cast BF16 [2] 36: 1.0 -2.5
// WEIGHTS-NEXT: b BOOL [3] 40: 1 0 1

// A package takes the place of a package, of whatever files.
// RUN: gac-translate --gac-to-package %s -o %t/p.gacpkg --graph-only
// RUN: cd %t && ls . p.gacpkg | FileCheck %s --check-prefix=AGAIN
// AGAIN: .:
// AGAIN-NEXT: p.gacpkg
// AGAIN-EMPTY:
// AGAIN-NEXT: p.gacpkg:
// AGAIN-NEXT: kernels.cu
// AGAIN-NEXT: manifest.json
// AGAIN-NEXT: weights.safetensors
// AGAIN-NOT: {{.}}

// What the compiler refuses is kept, and nothing else.
// RUN: env NVCC=%S/Inputs/nvcc.sh not gac-translate --gac-to-package %s -o %t/q.gacpkg --arch=sm_90a,sm_100a 2>&1 | FileCheck %s --check-prefix=NVCC
// RUN: ls %t | FileCheck %s --check-prefix=LEFT
// RUN: FileCheck %s --check-prefix=SOURCE < %t/q.gacpkg.failed.cu
// NVCC: error: '{{.*}}nvcc.sh' cannot compile the kernels for sm_100a:
// NVCC-NEXT: kernels.cu(7): error: no
// NVCC-NEXT: The source is kept in '{{.*}}q.gacpkg.failed.cu'
// LEFT: p.gacpkg
// LEFT-NEXT: q.gacpkg.failed.cu
// LEFT-NOT: {{.}}
// SOURCE: using namespace gac::kernels;

// RUN: env NVCC=none not gac-translate --gac-to-package %s -o %t/q.gacpkg --arch=sm_90a 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: NVCC is set to 'none', which is no program
// RUN: not gac-translate --gac-to-package %s -o %t/q.gacpkg --arch=sm_9 2>&1 | FileCheck %s --check-prefix=ARCH
// ARCH: error: no package can be for the architecture 'sm_9': say sm_80, sm_90a or a later one

// Nothing but packages is replaced.
// RUN: mkdir %t/folder && not gac-translate --gac-to-package %s -o %t/folder 2>&1 | FileCheck %s --check-prefix=FOLDER
// FOLDER: error: '{{.*}}folder' exists and is no package: choose another output
// RUN: touch %t/file && not gac-translate --gac-to-package %s -o %t/file 2>&1 | FileCheck %s --check-prefix=FILE
// FILE: error: '{{.*}}file' exists and is no package: choose another output
// RUN: touch %t/p.gacpkg/notes.txt && not gac-translate --gac-to-package %s -o %t/p.gacpkg 2>&1 | FileCheck %s --check-prefix=NOTES
// NOTES: error: '{{.*}}p.gacpkg' holds 'notes.txt', which is no file of a package: choose another output
// RUN: not gac-translate --gac-to-package %s -o %t/none/p.gacpkg 2>&1 | FileCheck %s --check-prefix=PLACE
// PLACE: error: '{{.*}}none/p.gacpkg.tmp-{{.*}}' cannot be created: No such file or directory
// RUN: not gac-translate --gac-to-package %s 2>&1 | FileCheck %s --check-prefix=STDOUT
// STDOUT: error: a package needs a folder to be written to (-o)

#lanes = #gac.lanes<4 : 0 to 0 by 2, 2 to 3 by 1>
module attributes {gac_cuda.dtype = "bf16"} {
  gac_cuda.tensor weight @padded "padded" : tensor<2x4xbf16> = #gac.pad<dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xbf16>, [#gac.lanes<2 : 0 to 0 by 2>, #lanes]> : tensor<2x4xbf16>
  gac_cuda.tensor constant @b "b" : tensor<3xi1> = dense<[true, false, true]> : tensor<3xi1>
  gac_cuda.tensor weight @cast "cast" : tensor<2xbf16> = #gac.cast<dense<[1.0, -2.5]> : tensor<2xf32>> : tensor<2xbf16>
  gac_cuda.tensor constant @i "i" : tensor<2xi64> = dense<[7, -1]> : tensor<2xi64>
  gac_cuda.tensor constant @f "f" : tensor<1xf32> = dense<1.5> : tensor<1xf32>
  gac_cuda.entry @run dims {} inputs [] outputs [] {
  }
}
