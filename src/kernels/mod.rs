//! Hot loops over slices: no candle, no allocation of their own where it can be helped.
