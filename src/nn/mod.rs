//! The differentiable operations: kernels wrapped for candle, and their twins composed from candle operations.
