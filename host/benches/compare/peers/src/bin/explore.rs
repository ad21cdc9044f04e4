//! The floor of an exploration without a sandbox: z = x y over RUNS points on WORKERS threads (rayon), the products in one
//! dataset of an HDF5 file (the C library, called directly): `explore RUNS WORKERS FILE`.

use std::{env, ffi::CString, ptr};

use hdf5_sys::{
    h5::H5open,
    h5d::{H5Dclose, H5Dcreate2, H5Dwrite},
    h5f::{H5F_ACC_TRUNC, H5Fclose, H5Fcreate},
    h5p::H5P_DEFAULT,
    h5s::{H5S_ALL, H5Sclose, H5Screate_simple},
    h5t::H5T_NATIVE_INT64,
};
use rayon::prelude::*;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [runs, workers, file] = &arguments[..] else { panic!("usage: explore RUNS WORKERS FILE") };
    let (runs, workers): (i64, usize) = (runs.parse().expect("a number"), workers.parse().expect("a number"));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(workers).build().expect("threads");
    let products: Vec<i64> = pool.install(|| (0..runs).into_par_iter().map(multiply).collect());
    let (file, name) = (CString::new(file.as_str()).expect("a path"), c"z");
    // SAFETY: every handle is checked before it is used and closed once; the dataset has as many elements as `products`.
    unsafe {
        assert!(H5open() >= 0);
        let file = H5Fcreate(file.as_ptr(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
        let space = H5Screate_simple(1, &(products.len() as u64), ptr::null());
        let kind = *H5T_NATIVE_INT64;
        let data = H5Dcreate2(file, name.as_ptr(), kind, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        assert!(file >= 0 && space >= 0 && data >= 0, "HDF5 makes the file");
        assert!(H5Dwrite(data, kind, H5S_ALL, H5S_ALL, H5P_DEFAULT, products.as_ptr().cast()) >= 0);
        assert!(H5Dclose(data) >= 0 && H5Sclose(space) >= 0 && H5Fclose(file) >= 0, "HDF5 closes the file");
    }
}

fn multiply(run: i64) -> i64 {
    let (x, y) = std::hint::black_box((run / 1000, run % 1000));
    x * y
}
