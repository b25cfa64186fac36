"""What the KVMU keeps and decides: lists in words of metadata, and the steps that change them."""
