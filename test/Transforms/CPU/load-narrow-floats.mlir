// RUN: grow-opt %s --grow-cpu-load-narrow-floats | FileCheck %s

// CHECK-LABEL: llvm.func @masked
// CHECK: %[[PADDING:.*]] = llvm.bitcast %{{.*}} : vector<8xbf16> to vector<8xi16>
// CHECK: %[[LOADED:.*]] = llvm.intr.masked.load %{{.*}}, %{{.*}}, %[[PADDING]] {{.*}} -> vector<8xi16>
// CHECK: llvm.bitcast %[[LOADED]] : vector<8xi16> to vector<8xbf16>
llvm.func @masked(%p: !llvm.ptr, %mask: vector<8xi1>, %padding: vector<8xbf16>) -> vector<8xbf16> {
  %0 = llvm.intr.masked.load %p, %mask, %padding {alignment = 2 : i32} : (!llvm.ptr, vector<8xi1>, vector<8xbf16>) -> vector<8xbf16>
  llvm.return %0 : vector<8xbf16>
}

// CHECK-LABEL: llvm.func @scalars
// CHECK: llvm.load %{{.*}} {alignment = 2 : i64} : !llvm.ptr -> i16
// CHECK: llvm.store %{{.*}}, %{{.*}} : i16, !llvm.ptr
llvm.func @scalars(%p: !llvm.ptr) {
  %0 = llvm.load %p {alignment = 2 : i64} : !llvm.ptr -> f16
  llvm.store %0, %p : f16, !llvm.ptr
  llvm.return
}

// CHECK-LABEL: llvm.func @wide
// CHECK-NOT: llvm.bitcast
llvm.func @wide(%p: !llvm.ptr) {
  %0 = llvm.load %p : !llvm.ptr -> f32
  llvm.store %0, %p : f32, !llvm.ptr
  llvm.return
}
