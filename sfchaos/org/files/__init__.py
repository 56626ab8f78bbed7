"""Files and their bytes: blobs, forms, content documents."""
